package import Crypto

/// Base32 (RFC 4648 section 6), the form in which authenticator apps take a secret.
package enum Base32 {
    /// The most characters that `decode` reads, everything counted.
    package static let longestText = 1024
    /// The most bytes that `encode` takes: what `longestText` characters can hold.
    package static let longestBytes = 640

    /// Encodes `bytes` (0 to 640) in upper case and without padding.
    ///
    /// - Returns: the characters in ASCII; nothing for more than 640 bytes.
    package static func encode(_ bytes: Span<UInt8>) -> SecretBytes {
        guard bytes.count <= longestBytes else { return SecretBytes(capacity: 0) }
        var text = SecretBytes(capacity: (bytes.count * 8 + 4) / 5)
        // At most 4 bits are kept from one byte to the next, so at most 12 are ever held.
        var held: UInt32 = 0
        var bits = 0
        for index in bytes.indices {
            held = held << 8 | UInt32(bytes[index])
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(character(for: held >> UInt32(bits)))
            }
            held &= (1 << UInt32(bits)) - 1
        }
        if bits > 0 { text.append(character(for: held << UInt32(5 - bits))) }
        return text
    }

    /// Decodes `text` (0 to 1,024 characters), as a person may have typed it: in either case, with spaces and
    /// dashes anywhere, and with any number of `=` at the end.
    ///
    /// - Returns: the bytes, 0 to 640.
    /// - Throws: `CodeError`. Every byte string has one accepted spelling, but for what is ignored (section 3.5).
    package static func decode(_ text: Span<UInt8>) throws(CodeError) -> SecretBytes {
        guard text.count <= longestText else { throw .tooLong }
        var bytes = SecretBytes(capacity: text.count * 5 / 8)
        var held: UInt32 = 0
        var bits = 0
        var characters = 0
        var padded = false
        for index in text.indices {
            let character = text[index]
            if character == UInt8(ascii: " ") || character == UInt8(ascii: "-") { continue }
            if character == UInt8(ascii: "=") {
                padded = true
                continue
            }
            guard !padded, let value = value(of: character) else { throw .badCharacter }
            characters += 1
            held = held << 5 | value
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
                held &= (1 << UInt32(bits)) - 1
            }
        }
        // 8 characters hold 5 bytes; a last group of 2, 4, 5 or 7 holds 1, 2, 3 or 4 (section 6).
        let last = characters % 8
        guard last != 1, last != 3, last != 6 else { throw .badLength }
        guard held == 0 else { throw .trailingBits }
        return bytes
    }

    /// The character for the low five bits of `value` (RFC 4648 table 3).
    private static func character(for value: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value & 31)
        return value < 26 ? UInt8(ascii: "A") + value : UInt8(ascii: "2") + (value - 26)
    }

    /// The value, 0 to 31, of a character in either case; nil for one outside the alphabet.
    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt32(character - UInt8(ascii: "2")) + 26
        default: nil
        }
    }
}
