import Crypto
import TwostepCore

/// One code of a time step as a value: the product computes into room that it has.
extension TOTP {
    /// - Throws: `.badArgument` for a step before the epoch too.
    static func code(
        key: Span<UInt8>, at step: Int64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        guard let counter = UInt64(exactly: step) else { throw .badArgument }
        return try HOTP.code(key: key, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto)
    }
}
