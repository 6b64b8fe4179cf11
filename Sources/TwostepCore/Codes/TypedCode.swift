package import Crypto

/// What a person typed at the prompt, sorted by its shape alone: nothing here knows any secret.
package struct TypedCode: ~Copyable {
    package enum Kind: Sendable {
        /// Six to eight digits, as an authenticator app shows them.
        case oneTime
        /// Eight characters of the backup codes' alphabet, with at least one letter.
        case backup
        /// Anything else.
        case malformed
    }

    /// The most bytes that are looked at; a longer answer is malformed.
    package static let longestAnswer = 64

    /// The shape.
    package let kind: Kind
    /// The code in its one spelling, in ASCII: digits, or folded backup code characters; empty where malformed.
    package let text: SecretBytes

    private init(_ kind: Kind, _ text: consuming SecretBytes) {
        self.kind = kind
        self.text = text
    }

    /// Sorts `answer`, whatever bytes it holds.
    ///
    /// Spaces, tabs and dashes count nowhere, since apps and printed lists show codes in groups.
    package static func read(_ answer: Span<UInt8>) -> TypedCode {
        guard answer.count <= longestAnswer else { return malformed() }
        var typed = SecretBytes(capacity: longestAnswer)
        var digits = 0
        for index in answer.indices {
            let byte = answer[index]
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "-") { continue }
            if isDigit(byte) { digits += 1 }
            typed.append(byte)
        }
        if digits == typed.count {
            return HOTP.digitsRange.contains(digits) ? TypedCode(.oneTime, typed) : malformed()
        }
        return readBackup(typed.bytes)
    }

    private static func readBackup(_ typed: Span<UInt8>) -> TypedCode {
        guard typed.count == BackupCode.size else { return malformed() }
        var text = SecretBytes(capacity: BackupCode.size)
        var letter = false
        for index in typed.indices {
            guard let character = BackupCode.fold(typed[index]) else { return malformed() }
            if !isDigit(character) { letter = true }
            text.append(character)
        }
        return letter ? TypedCode(.backup, text) : malformed()
    }

    private static func malformed() -> TypedCode { TypedCode(.malformed, SecretBytes(capacity: 0)) }
}
