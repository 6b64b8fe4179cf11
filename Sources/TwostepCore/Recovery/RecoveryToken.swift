package import Crypto

/// One-time tokens by which somebody gets back in: 128 random bits as 26 characters of the backup codes' alphabet, shown
/// as `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XX`. Nobody guesses one, so its hash is a fast one.
package enum RecoveryToken {
    /// How many characters a token has, the dashes not counted.
    package static let size = 26
    /// How many random bytes make a token: five bits for each character, the last two bits of all being zero.
    package static let randomSize = 16
    /// The longest text that `read` looks at, in bytes: a link with its token.
    package static let longestText = 512
    /// The longest beginning of a link (`recovery_url`), in bytes.
    package static let urlLimit = 200
    /// What tells its hash from that of another kind of code.
    static var label: StaticString { "twostep recovery token v1" }

    /// Makes a token from 16 random bytes.
    ///
    /// - Returns: 26 characters in ASCII; nothing where `random` has another size.
    package static func make(random: Span<UInt8>) -> SecretBytes {
        guard random.count == randomSize else { return SecretBytes(capacity: 0) }
        return CrockfordBase32.encode(random)
    }

    /// The token as a person sees it, in groups of four.
    package static func display(_ token: Span<UInt8>) -> SecretBytes { CrockfordBase32.display(token) }

    /// The token that was typed, in its one spelling: case, spaces and dashes do not count, `O` is `0`, `I` and `L` are
    /// `1`. Of a link, only what stands behind the last `/`, `?`, `#` or `=` counts.
    ///
    /// - Returns: nil for what is no token.
    package static func read(_ typed: Span<UInt8>) -> SecretBytes? {
        guard typed.count <= longestText else { return nil }
        var start = 0
        for index in typed.indices where isSeparator(typed[index]) { start = index + 1 }
        return CrockfordBase32.read(typed, from: start, size: size)
    }

    /// What a link may have right before its token.
    package static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "=")
    }

    /// What is kept of a token: 32 bytes.
    ///
    /// - Parameter salt: `CodeHash.saltSize` random bytes.
    package static func hash(
        _ token: Span<UInt8>, salt: [UInt8], crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [UInt8] {
        try CodeHash.hash(token, label, salt: salt, crypto: crypto)
    }
}
