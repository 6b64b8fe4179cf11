internal import Crypto

/// What a client says first.
package struct Hello: Equatable, Sendable {
    /// The version of the protocol.
    package static let version: UInt16 = 1
    /// The longest text in it, in bytes.
    package static let textLimit = 1024
    /// The most module arguments.
    package static let argumentLimit = 16
    /// How many texts come before the arguments.
    private static let textCount = 5

    /// The user who started the process that asks. Believed of a caller whose effective uid is 0 alone: it could do
    /// anything anyway. Of any other the kernel says who it is.
    package var realUID: UInt32
    /// `PAM_SILENT`.
    package var silent: Bool
    /// Whether the person has answered already: the service asks for that answer by `firstPass`, before anything else.
    /// Heeded of programs of root's only.
    package var isAnswered: Bool
    /// `PAM_SERVICE`, `PAM_USER`, `PAM_RHOST`, `PAM_TTY`, each as it is, up to 1,024 bytes.
    package var service: [UInt8]
    package var user: [UInt8]
    package var remoteHost: [UInt8]
    package var terminal: [UInt8]
    /// What tells the caller's session from every other, of this boot and of those before, for `remember`; empty where
    /// nothing does. Believed of a caller whose effective uid is 0 alone.
    package var session: [UInt8]
    /// The module's arguments, already understood by the module.
    package var arguments: [[UInt8]]

    package init(
        realUID: UInt32, silent: Bool, isAnswered: Bool = false, service: [UInt8], user: [UInt8], remoteHost: [UInt8],
        terminal: [UInt8], session: [UInt8] = [], arguments: [[UInt8]]
    ) {
        self.realUID = realUID
        self.silent = silent
        self.isAnswered = isAnswered
        self.service = service
        self.user = user
        self.remoteHost = remoteHost
        self.terminal = terminal
        self.session = session
        self.arguments = arguments
    }

    /// The payload: `version ‖ real uid ‖ flags ‖ number of texts ‖ texts`, each text with its length before it.
    ///
    /// - Returns: nil where something is longer than the protocol allows.
    package func encode() -> [UInt8]? {
        guard arguments.count <= Hello.argumentLimit else { return nil }
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Hello.version)
        bytes.append(bigEndian: realUID)
        bytes.append((silent ? 1 : 0) | (isAnswered ? 2 : 0))
        bytes.append(UInt8(truncatingIfNeeded: Hello.textCount + arguments.count))
        for text in [service, user, remoteHost, terminal, session] + arguments {
            guard text.count <= Hello.textLimit, !text.contains(0) else { return nil }
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: text.count))
            bytes += text
        }
        return bytes.count <= FrameLimits.payload ? bytes : nil
    }

    /// Reads a payload; nothing but what `encode` writes is taken.
    package static func decode(_ payload: Span<UInt8>) throws(FrameError) -> Hello {
        var reader = ByteReader(payload)
        do throws(DecodeError) {
            guard try reader.unsigned(UInt16.self) == version else { throw .unknownVersion }
            let realUID: UInt32 = try reader.unsigned()
            let flags: UInt8 = try reader.unsigned()
            let count = Int(try reader.unsigned(UInt8.self))
            guard flags <= 3, (textCount...(textCount + argumentLimit)).contains(count) else { throw .malformed }
            var texts: [[UInt8]] = []
            for _ in 0..<count {
                let text = try reader.array(Int(try reader.unsigned(UInt16.self)))
                guard text.count <= textLimit, !text.contains(0) else { throw .malformed }
                texts.append(text)
            }
            guard reader.isAtEnd else { throw .malformed }
            return Hello(
                realUID: realUID, silent: flags & 1 != 0, isAnswered: flags & 2 != 0, service: texts[0],
                user: texts[1], remoteHost: texts[2], terminal: texts[3], session: texts[4],
                arguments: Array(texts[textCount...]))
        } catch {
            throw error == .unknownVersion ? .otherVersion : .malformed
        }
    }
}
