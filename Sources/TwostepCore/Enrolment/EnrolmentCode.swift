package import Crypto

/// One-time enrolment codes: 16 characters of the backup codes' alphabet, 80 random bits, shown as
/// `XXXX-XXXX-XXXX-XXXX`. Nobody guesses one, so its hash is a fast one, and nothing but time is charged for a wrong one.
package enum EnrolmentCode {
    /// How many characters a code has, the dashes not counted.
    package static let size = 16
    /// How many random bytes make a code: five bits for each character.
    package static let randomSize = 10
    /// How long a wrong one makes everybody of its group of sources wait, in seconds.
    package static let pause: Int64 = 10
    /// What tells its hash from that of another kind of code.
    static var label: StaticString { "twostep enrolment code v1" }

    /// Makes a code from 10 random bytes.
    ///
    /// - Returns: 16 characters in ASCII; nothing where `random` has another size.
    package static func make(random: Span<UInt8>) -> SecretBytes {
        guard random.count == randomSize else { return SecretBytes(capacity: 0) }
        return CrockfordBase32.encode(random)
    }

    /// The code as a person sees it, in groups of four.
    package static func display(_ code: Span<UInt8>) -> SecretBytes { CrockfordBase32.display(code) }

    /// The code that was typed, in its one spelling: case, spaces and dashes do not count, `O` is `0`, `I` and `L` are `1`.
    ///
    /// - Returns: nil for what is no enrolment code.
    package static func read(_ typed: Span<UInt8>) -> SecretBytes? { CrockfordBase32.read(typed, size: size) }

    /// What is kept of a code: 32 bytes.
    ///
    /// - Parameter salt: `CodeHash.saltSize` random bytes.
    package static func hash(
        _ code: Span<UInt8>, salt: [UInt8], crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [UInt8] {
        try CodeHash.hash(code, label, salt: salt, crypto: crypto)
    }
}
