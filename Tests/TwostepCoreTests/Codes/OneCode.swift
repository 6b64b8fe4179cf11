import Crypto
import TwostepCore

/// One code as a value: what the product computes into room that it has.
extension HOTP {
    static func code(
        key: Span<UInt8>, counter: UInt64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        var code = SecretBytes(capacity: workSize)
        try compute(key: key, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto, into: &code)
        return code
    }
}

extension TOTP {
    /// - Throws: `.badArgument` for a step before the epoch too.
    static func code(
        key: Span<UInt8>, at step: Int64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        guard let counter = UInt64(exactly: step) else { throw .badArgument }
        return try HOTP.code(key: key, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto)
    }
}
