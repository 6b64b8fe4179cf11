package import TwostepCore

/// What a client says first that wants a command done (docs/protocol.md): the frame `command`.
package struct CommandRequest: Equatable, Sendable {
    /// The version of the protocol.
    package static let version: UInt16 = 1
    /// The most words.
    package static let wordLimit = 16

    /// The command and what belongs to it, each 0 to 1,024 bytes of UTF-8.
    package let words: [String]

    package init(_ words: [String]) { self.words = words }

    /// The payload: `version ‖ number of words ‖ words`, each word with its length before it.
    ///
    /// - Returns: nil where something is longer than the protocol allows.
    package func encode() -> [UInt8]? {
        guard (1...CommandRequest.wordLimit).contains(words.count) else { return nil }
        var bytes: [UInt8] = []
        bytes.append(bigEndian: CommandRequest.version)
        bytes.append(UInt8(truncatingIfNeeded: words.count))
        for word in words {
            guard word.utf8.count <= Hello.textLimit, !word.utf8.contains(0) else { return nil }
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: word.utf8.count))
            bytes += Array(word.utf8)
        }
        return bytes.count <= FrameLimits.payload ? bytes : nil
    }

    /// Reads a payload; nothing but what `encode` writes is taken.
    package static func decode(_ payload: Span<UInt8>) throws(FrameError) -> CommandRequest {
        var reader = ByteReader(payload)
        do throws(DecodeError) {
            guard try reader.unsigned(UInt16.self) == version else { throw .unknownVersion }
            let count = Int(try reader.unsigned(UInt8.self))
            guard (1...wordLimit).contains(count) else { throw .malformed }
            var words: [String] = []
            for _ in 0..<count {
                let bytes = try reader.array(Int(try reader.unsigned(UInt16.self)))
                guard bytes.count <= Hello.textLimit, !bytes.contains(0),
                    let word = String(validating: bytes, as: UTF8.self)
                else { throw .malformed }
                words.append(word)
            }
            guard reader.isAtEnd else { throw .malformed }
            return CommandRequest(words)
        } catch {
            throw error == .unknownVersion ? .otherVersion : .malformed
        }
    }
}
