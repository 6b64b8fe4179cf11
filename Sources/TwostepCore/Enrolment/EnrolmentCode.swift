package import Crypto

/// One-time enrolment codes: 16 characters of the backup codes' alphabet, 80 random bits, shown as
/// `XXXX-XXXX-XXXX-XXXX`. Nobody guesses one, so its hash is a fast one, and nothing but time is charged for a wrong one.
package enum EnrolmentCode {
    /// How many characters a code has, the dashes not counted.
    package static let size = 16
    /// How many random bytes make a code: five bits for each character.
    package static let randomSize = 10
    /// The size of the salt that each code is hashed with.
    package static let saltSize = 16
    /// How long a wrong one makes everybody of its group of sources wait, in seconds.
    package static let pause: Int64 = 10

    /// Makes a code from 10 random bytes.
    ///
    /// - Returns: 16 characters in ASCII; nothing where `random` has another size.
    package static func make(random: Span<UInt8>) -> SecretBytes {
        var code = SecretBytes(capacity: size)
        guard random.count == randomSize else { return code }
        for half in [0..<5, 5..<10] {
            var bits: UInt64 = 0
            for index in half { bits = bits << 8 | UInt64(random[index]) }
            for place in 0..<8 {
                code.append(BackupCode.character(for: UInt8(truncatingIfNeeded: bits >> (35 - 5 * place))))
            }
        }
        return code
    }

    /// The code as a person sees it, in groups of four.
    package static func display(_ code: Span<UInt8>) -> SecretBytes {
        var text = SecretBytes(capacity: code.count + code.count / 4)
        for index in code.indices {
            if index > 0, index % 4 == 0 { text.append(UInt8(ascii: "-")) }
            text.append(code[index])
        }
        return text
    }

    /// The code that was typed, in its one spelling: case, spaces and dashes do not count, `O` is `0`, `I` and `L` are `1`.
    ///
    /// - Returns: nil for what is no enrolment code.
    package static func read(_ typed: Span<UInt8>) -> SecretBytes? {
        var code = SecretBytes(capacity: size)
        for index in typed.indices {
            let byte = typed[index]
            if byte.isBlank || byte == UInt8(ascii: "-") { continue }
            guard let character = BackupCode.fold(byte), code.append(character) else { return nil }
        }
        guard code.count == size else { return nil }
        return consume code
    }

    /// What is kept of a code: HMAC-SHA-256 under a salt of its own, 32 bytes.
    package static func hash(
        _ code: Span<UInt8>, salt: [UInt8], crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [UInt8] {
        var hash = try crypto.beginHMAC(.sha256, key: salt.span)
        let label = [UInt8](text: "twostep enrolment code v1")
        try hash.update(label.span)
        try hash.update(code)
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
        var room = digest.mutableSpan
        try hash.finish(into: &room)
        return digest
    }
}
