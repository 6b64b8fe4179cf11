package import Crypto

/// One-time codes from the time (RFC 6238).
package enum TOTP {
    /// How long a time step may be, in seconds (RFC 6238 section 5.2 recommends 30).
    package static let periodRange = 15...120

    /// The time step at `seconds` since the Unix epoch, with T0 = 0 (RFC 6238 section 4.2).
    ///
    /// - Parameters:
    ///   - seconds: any time; times before the epoch give negative steps, rounded down like all others.
    ///   - period: the length of a step in seconds, 15 to 120; what lies outside is taken as the nearer end.
    package static func step(at seconds: Int64, period: Int) -> Int64 {
        let period = Int64(min(max(period, periodRange.lowerBound), periodRange.upperBound))
        let (quotient, remainder) = seconds.quotientAndRemainder(dividingBy: period)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The code for one time step (RFC 6238 section 4.2).
    ///
    /// - Parameters:
    ///   - key: the shared secret, 1 to 1,024 bytes.
    ///   - step: the time step, 0 or later.
    ///   - algorithm: the hash under HMAC.
    ///   - digits: how many digits, 6 to 8.
    /// - Returns: the digits in ASCII, padded with zeros on the left.
    /// - Throws: `.badArgument` where an argument is outside its range; what HMAC throws otherwise.
    package static func code(
        key: Span<UInt8>, at step: Int64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        guard let counter = UInt64(exactly: step) else { throw .badArgument }
        return try HOTP.code(key: key, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto)
    }
}
