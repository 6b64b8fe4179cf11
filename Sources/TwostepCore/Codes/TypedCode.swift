package import Crypto

/// What a person typed at the prompt, sorted by its shape alone: nothing here knows any secret.
package struct TypedCode: ~Copyable {
    package enum Kind: Sendable {
        /// Six to eight digits, as an authenticator app shows them.
        case oneTime
        /// Two codes of the same length, one after the other: 12, 14 or 16 digits.
        case pair
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

    /// Sorts a copy of `answer`, whatever bytes it holds.
    package static func read(_ answer: Span<UInt8>) -> TypedCode {
        guard answer.count <= longestAnswer else { return malformed() }
        return read(SecretBytes(copying: answer))
    }

    /// Sorts `answer`, whatever bytes it holds, in the memory that it is in.
    ///
    /// Spaces, tabs and dashes count nowhere, since apps and printed lists show codes in groups.
    package static func read(_ answer: consuming SecretBytes) -> TypedCode {
        guard answer.count <= longestAnswer else { return malformed() }
        let count = answer.count
        var bytes = answer.mutableBytes
        var kept = 0
        var digits = 0
        for index in 0..<count {
            let byte = bytes[index]
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "-") { continue }
            if isDigit(byte) { digits += 1 }
            bytes[kept] = byte
            kept += 1
        }
        answer.resize(to: kept)
        if digits == kept {
            if HOTP.digitsRange.contains(digits) { return TypedCode(.oneTime, answer) }
            let isPair = digits % 2 == 0 && HOTP.digitsRange.contains(digits / 2)
            return isPair ? TypedCode(.pair, answer) : malformed()
        }
        return readBackup(answer)
    }

    private static func readBackup(_ typed: consuming SecretBytes) -> TypedCode {
        guard typed.count == BackupCode.size else { return malformed() }
        var letter = false
        var bytes = typed.mutableBytes
        for index in bytes.indices {
            guard let character = CrockfordBase32.fold(bytes[index]) else { return malformed() }
            if !isDigit(character) { letter = true }
            bytes[index] = character
        }
        return letter ? TypedCode(.backup, typed) : malformed()
    }

    private static func malformed() -> TypedCode { TypedCode(.malformed, SecretBytes(capacity: 0)) }
}
