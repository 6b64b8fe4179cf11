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
        var bits: UInt64 = 0
        for index in random.indices { bits = bits << 8 | UInt64(random[index]) }
        var code = SecretBytes(capacity: size)
        var letter = false
        for index in 0..<size {
            let character = character(for: UInt8(truncatingIfNeeded: bits >> UInt64(35 - 5 * index)))
            if !isDigit(character) { letter = true }
            code.append(character)
        }
        guard letter else { return nil }
        return code
    }

    /// The code as a person sees it, with a dash in the middle.
    ///
    /// - Parameter code: 8 characters.
    /// - Returns: 9 characters in ASCII; nothing where `code` has another size.
    package static func display(_ code: Span<UInt8>) -> SecretBytes {
        guard code.count == size else { return SecretBytes(capacity: 0) }
        var text = SecretBytes(capacity: size + 1)
        for index in code.indices {
            if index == size / 2 { text.append(UInt8(ascii: "-")) }
            text.append(code[index])
        }
        return text
    }

    /// What a typed character stands for: letters in upper case, `O` as `0`, `I` and `L` as `1`.
    ///
    /// - Returns: a character of the alphabet; nil for one that stands for none.
    package static func fold(_ typed: UInt8) -> UInt8? {
        switch typed.lowercased {
        case UInt8(ascii: "o"): UInt8(ascii: "0")
        case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
        case UInt8(ascii: "u"): nil
        case let letter where letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"): letter - 32
        case let digit where isDigit(digit): digit
        default: nil
        }
    }

    /// The character for the low five bits of `value`, of Douglas Crockford's alphabet:
    /// `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, which leaves out I, L, O and U.
    static func character(for value: UInt8) -> UInt8 {
        switch value & 31 {
        case let digit where digit < 10: UInt8(ascii: "0") + digit
        case let letter where letter < 18: UInt8(ascii: "A") + (letter - 10)  // A to H
        case let letter where letter < 20: UInt8(ascii: "J") + (letter - 18)  // J and K
        case let letter where letter < 22: UInt8(ascii: "M") + (letter - 20)  // M and N
        case let letter where letter < 27: UInt8(ascii: "P") + (letter - 22)  // P to T
        case let letter: UInt8(ascii: "V") + (letter - 27)  // V to Z
        }
    }
}

/// Whether `byte` is one of the ten ASCII digits.
func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
