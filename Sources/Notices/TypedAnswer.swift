package import Crypto
// How a character is taken apart (Unicode's normal form D) is nothing that the standard library offers otherwise.
@_spi(_Unicode) internal import Swift
internal import TwostepCore

/// The answer to a security question in its one spelling: letters and digits alone, in lower case, without accents.
package enum TypedAnswer {
    /// The shortest answer, in letters and digits.
    package static let shortest = 3

    package enum Problem: Error, Equatable, Sendable {
        /// Fewer than `shortest` letters and digits.
        case tooShort
        /// More than bcrypt takes: `SecurityAnswers.answerLimit` bytes.
        case tooLong
        /// No UTF-8.
        case notText
    }

    /// - Returns: UTF-8, 3 to `SecurityAnswers.answerLimit` bytes.
    package static func normalise(_ typed: borrowing SecretBytes) throws(Problem) -> SecretBytes {
        var answer = SecretBytes(capacity: SecurityAnswers.answerLimit)
        var letters = 0
        var index = 0
        let bytes = typed.bytes
        while index < bytes.count {
            let (scalar, length) = try scalar(in: bytes, at: index)
            index += length
            // One by one: texts this short lie in no memory that would have to be wiped.
            for lower in scalar.properties.lowercaseMapping._nfd where isKept(lower) {
                letters += 1
                for byte in UTF8.encode(lower) ?? UTF8.EncodedScalar() {
                    guard answer.append(byte) else { throw .tooLong }
                }
            }
        }
        guard letters >= shortest else { throw .tooShort }
        return answer
    }

    /// Letters, digits, and marks of scripts that cannot do without.
    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spacingMark:
            true
        case .nonspacingMark: !(0x0300...0x036F).contains(scalar.value)
        default: false
        }
    }

    /// The character at a place, and how many bytes it has.
    private static func scalar(
        in bytes: Span<UInt8>, at start: Int
    ) throws(Problem) -> (Unicode.Scalar, Int) {
        let first = bytes[start]
        let (length, smallest): (Int, UInt32) =
            switch first {
            case 0x00...0x7F: (1, 0)
            case 0xC2...0xDF: (2, 0x80)
            case 0xE0...0xEF: (3, 0x800)
            case 0xF0...0xF4: (4, 0x10000)
            default: (0, 0)
            }
        guard length > 0, length <= bytes.count - start else { throw .notText }
        var value = UInt32(first) & (length == 1 ? 0x7F : 0xFF >> UInt32(length + 1))
        for index in (start + 1)..<(start + length) {
            guard bytes[index] & 0xC0 == 0x80 else { throw .notText }
            value = value << 6 | UInt32(bytes[index] & 0x3F)
        }
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { throw .notText }
        return (scalar, length)
    }
}
