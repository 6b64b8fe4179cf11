package import Crypto

/// One-time tokens by which somebody gets back in: 128 random bits as 26 characters of the backup codes' alphabet, shown
/// as `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XX`. Nobody guesses one, so its hash is a fast one.
package enum RecoveryToken {
    /// How many characters a token has, the dashes not counted.
    package static let size = 26
    /// How many random bytes make a token: five bits for each character, the last two bits of all being zero.
    package static let randomSize = 16
    /// The size of the salt that each token is hashed with.
    package static let saltSize = 16
    /// The longest text that `read` looks at, in bytes: a link with its token.
    package static let longestText = 512
    /// The longest beginning of a link (`recovery_url`), in bytes.
    package static let urlLimit = 200

    /// Makes a token from 16 random bytes.
    ///
    /// - Returns: 26 characters in ASCII; nothing where `random` has another size.
    package static func make(random: Span<UInt8>) -> SecretBytes {
        var token = SecretBytes(capacity: size)
        guard random.count == randomSize else { return token }
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for index in random.indices {
            held = held << 8 | UInt32(random[index])
            bits += 8
            while bits >= 5 {
                bits -= 5
                token.append(BackupCode.character(for: UInt8(truncatingIfNeeded: held >> bits)))
            }
            held &= 0xFF
        }
        if bits > 0 { token.append(BackupCode.character(for: UInt8(truncatingIfNeeded: held << (5 - bits)))) }
        return token
    }

    /// The token as a person sees it, in groups of four.
    package static func display(_ token: Span<UInt8>) -> SecretBytes { EnrolmentCode.display(token) }

    /// The token that was typed, in its one spelling: case, spaces and dashes do not count, `O` is `0`, `I` and `L` are
    /// `1`. Of a link, only what stands behind the last `/`, `?`, `#` or `=` counts.
    ///
    /// - Returns: nil for what is no token.
    package static func read(_ typed: Span<UInt8>) -> SecretBytes? {
        guard typed.count <= longestText else { return nil }
        var start = 0
        for index in typed.indices where isSeparator(typed[index]) { start = index + 1 }
        var token = SecretBytes(capacity: size)
        for index in start..<typed.count {
            let byte = typed[index]
            if byte.isBlank || byte == UInt8(ascii: "-") { continue }
            guard let character = BackupCode.fold(byte), token.append(character) else { return nil }
        }
        guard token.count == size else { return nil }
        return consume token
    }

    /// What a link may have right before its token.
    package static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "=")
    }

    /// What is kept of a token: HMAC-SHA-256 under a salt of its own, 32 bytes.
    package static func hash(
        _ token: Span<UInt8>, salt: [UInt8], crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [UInt8] {
        var hash = try crypto.beginHMAC(.sha256, key: salt.span)
        let label = [UInt8](text: "twostep recovery token v1")
        try hash.update(label.span)
        try hash.update(token)
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
        var room = digest.mutableSpan
        try hash.finish(into: &room)
        return digest
    }
}
