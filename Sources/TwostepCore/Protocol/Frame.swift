internal import Crypto

/// One message between a client and `twostepd`, as docs/protocol.md describes it: a type, a length, a payload.
package enum FrameType: UInt8, Sendable {
    /// Client: who asks, for whom, and how. First, and once.
    case hello = 1
    /// Service: a line to show.
    case info = 2
    /// Service: a question whose answer may be seen.
    case prompt = 3
    /// Service: a question whose answer may not be seen.
    case secretPrompt = 4
    /// Client: what was answered.
    case answer = 5
    /// Service: how it ended. Last, and once: nothing else is an ending.
    case verdict = 6
    /// Service: what was a module before ours told?
    case firstPass = 7
    /// Service: the password to leave for the next module. The client says `answer`, empty, when it has.
    case leave = 8
    /// Client: there is no answer, and there will be none.
    case noAnswer = 9
    /// Client, in place of `hello`: what an owner wants done.
    case command = 10
    /// Service: what a command shows.
    case output = 11
}

/// Why a frame is not one.
package enum FrameError: Error, Equatable, Sendable, CaseIterable {
    /// A type or a length that the protocol does not have, a payload that is not what its type says, or a frame that is
    /// not the other side's to send now.
    case malformed
    /// The sides do not speak the same version of the protocol.
    case otherVersion
    /// The other side went away before the verdict.
    case ended
    /// The other side said nothing for too long, or took nothing.
    case tooSlow
}

/// Sizes and times that both sides keep to.
package enum FrameLimits {
    /// Type and length.
    package static let headerSize = 3
    /// The longest payload, in bytes.
    package static let payload = 4096
    /// The longest answer, in bytes.
    package static let answer = 513
    /// How long a client tries to be taken by the service, in seconds.
    package static let turn = 5
    /// How long a client waits for a frame of the service, in milliseconds: longer than any lock or turn is waited for.
    package static let service: Int64 = 45_000
    /// How long the service waits for the hello, in milliseconds.
    package static let hello: Int64 = 5_000
    /// How long the service waits for a person, in milliseconds.
    package static let person: Int64 = 300_000
    /// How long either side waits until the other one takes what it sends, in milliseconds.
    package static let send: Int64 = 5_000

    /// Whether a payload of this type may have this many bytes.
    package static func allows(_ type: FrameType, count: Int) -> Bool {
        switch type {
        case .hello, .command: (1...payload).contains(count)
        case .info, .output: (1...1025).contains(count)
        case .prompt, .secretPrompt: (1...1024).contains(count)
        case .answer, .leave: (0...answer).contains(count)
        case .verdict: count == 1
        case .firstPass, .noAnswer: count == 0
        }
    }
}

/// A frame's header: a type that exists and a length that its type may have.
package struct FrameHeader: Equatable, Sendable {
    package let type: FrameType
    /// The payload's size in bytes.
    package let count: Int

    /// - Returns: nil where the payload is longer than its type allows.
    package init?(_ type: FrameType, count: Int) {
        guard FrameLimits.allows(type, count: count) else { return nil }
        self.type = type
        self.count = count
    }

    /// Reads a header from its three bytes.
    package init(_ bytes: Span<UInt8>) throws(FrameError) {
        guard bytes.count == FrameLimits.headerSize, let type = FrameType(rawValue: bytes[0]),
            let header = FrameHeader(type, count: Int(bytes[1]) << 8 | Int(bytes[2]))
        else { throw .malformed }
        self = header
    }

    package var bytes: [UInt8] {
        [type.rawValue, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
    }
}

extension FrameError {
    /// The name in the log, documented in docs/events.md.
    package var name: StaticString {
        switch self {
        case .malformed: "malformed"
        case .otherVersion: "other-version"
        case .ended: "ended"
        case .tooSlow: "too-slow"
        }
    }
}
