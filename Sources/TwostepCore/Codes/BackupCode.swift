package import Crypto

/// Backup codes: eight characters that are easy to read and type, shown as `XXXX-XXXX`.
package enum BackupCode {
    /// How many characters a code has, the dash not counted.
    package static let size = 8
    /// How many random bytes make a code: 40 bits, five for each character.
    package static let randomSize = 5

    /// Makes a code from 5 random bytes.
    ///
    /// A code of digits alone would look like a one-time code of eight digits. Of random bytes, 1 in 11,000 gives
    /// one; the caller then draws again.
    ///
    /// - Returns: 8 characters in ASCII; nil where they would have no letter, or `random` has another size.
    package static func make(random: Span<UInt8>) -> SecretBytes? {
        guard random.count == randomSize else { return nil }
        let code = CrockfordBase32.encode(random)
        guard hasLetter(code) else { return nil }
        return consume code
    }

    private static func hasLetter(_ code: borrowing SecretBytes) -> Bool {
        let characters = code.bytes
        for index in characters.indices where !isDigit(characters[index]) { return true }
        return false
    }

    /// The code as a person sees it, with a dash in the middle.
    ///
    /// - Parameter code: 8 characters.
    /// - Returns: 9 characters in ASCII; nothing where `code` has another size.
    package static func display(_ code: Span<UInt8>) -> SecretBytes {
        guard code.count == size else { return SecretBytes(capacity: 0) }
        return CrockfordBase32.display(code)
    }
}

/// Whether `byte` is one of the ten ASCII digits.
func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
