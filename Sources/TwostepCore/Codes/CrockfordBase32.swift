package import Crypto

/// Douglas Crockford's base32, in which all codes are that a person reads from paper, a screen or a mail:
/// `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, which leaves out I, L, O and U.
package enum CrockfordBase32 {
    /// Five bits for each character, the highest first.
    ///
    /// - Returns: characters in ASCII; bits that are missing in the last one are zero.
    package static func encode(_ bytes: Span<UInt8>) -> SecretBytes {
        var text = SecretBytes(capacity: (bytes.count * 8 + 4) / 5)
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for index in bytes.indices {
            held = held << 8 | UInt32(bytes[index])
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(character(for: UInt8(truncatingIfNeeded: held >> bits)))
            }
            held &= 0xFF
        }
        if bits > 0 { text.append(character(for: UInt8(truncatingIfNeeded: held << (5 - bits)))) }
        return text
    }

    /// A code as a person sees it, in groups of four with a dash between them.
    package static func display(_ code: Span<UInt8>) -> SecretBytes {
        var text = SecretBytes(capacity: code.count + code.count / 4)
        for index in code.indices {
            if index > 0, index % 4 == 0 { text.append(UInt8(ascii: "-")) }
            text.append(code[index])
        }
        return text
    }

    /// The code that was typed, from `start` on, in its one spelling: case, spaces and dashes do not count, `O` is `0`,
    /// `I` and `L` are `1`.
    ///
    /// - Returns: `size` characters in ASCII; nil for anything else.
    static func read(_ typed: Span<UInt8>, from start: Int = 0, size: Int) -> SecretBytes? {
        var code = SecretBytes(capacity: size)
        var index = start
        while index < typed.count {
            let byte = typed[index]
            index += 1
            if byte.isBlank || byte == UInt8(ascii: "-") { continue }
            guard let character = fold(byte), code.append(character) else { return nil }
        }
        guard code.count == size else { return nil }
        return consume code
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

    /// The character for the low five bits of `value`.
    private static func character(for value: UInt8) -> UInt8 {
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
