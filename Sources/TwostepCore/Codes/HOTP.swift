package import Crypto

/// One-time codes from a counter (RFC 4226).
package enum HOTP {
    /// How many digits a code may have (RFC 4226 section 5.3: at least 6, possibly 7 and 8).
    package static let digitsRange = 6...8
    /// The largest counter that a token may start from: far beyond use, and far from where sums overflow.
    package static let largestStoredCounter: UInt64 = 1 << 48

    /// The code for one value of the counter (RFC 4226 section 5.3).
    ///
    /// - Parameters:
    ///   - key: the shared secret, 1 to 1,024 bytes.
    ///   - counter: the moving factor.
    ///   - algorithm: the hash under HMAC; RFC 4226 knows SHA-1, RFC 6238 section 1.2 adds the others.
    ///   - digits: how many digits, 6 to 8.
    /// - Returns: the digits in ASCII, padded with zeros on the left.
    /// - Throws: `.badArgument` where key or digits are outside their range; what HMAC throws otherwise.
    package static func code(
        key: Span<UInt8>, counter: UInt64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        var code = SecretBytes(capacity: workSize)
        try compute(key: key, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto, into: &code)
        return code
    }

    /// How many bytes of room `compute` needs: those of the largest digest.
    package static let workSize = 64

    /// The same, written to `code`, which must have room for `workSize` bytes and serves for many codes in turn.
    package static func compute(
        key: Span<UInt8>, counter: UInt64, algorithm: HashAlgorithm, digits: Int, crypto: borrowing Libcrypto,
        into code: inout SecretBytes
    ) throws(CryptoError) {
        guard digitsRange.contains(digits), code.capacity >= workSize else { throw .badArgument }
        var message = InlineArray<8, UInt8>(repeating: 0)
        for index in message.indices { message[index] = UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * index)) }
        var hmac = try crypto.beginHMAC(algorithm, key: key)
        try hmac.update(message.span)
        code.resize(to: algorithm.digestSize)
        var hash = code.mutableBytes
        try hmac.finish(into: &hash)
        guard var rest = truncate(code.bytes) else { throw .failed }
        code.resize(to: digits)
        var room = code.mutableBytes
        for index in (0..<digits).reversed() {
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Dynamic truncation: 31 bits from where the last four bits of `hash` say (RFC 4226 section 5.3, step 2).
    ///
    /// - Returns: nil where `hash` has fewer than 20 bytes, as none of ours has.
    private static func truncate(_ hash: Span<UInt8>) -> UInt32? {
        guard hash.count >= 20 else { return nil }
        // At most 15, so that four bytes from there on are within the first 19.
        let offset = Int(hash[hash.count - 1] & 0x0f)
        return UInt32(hash[offset] & 0x7f) << 24 | UInt32(hash[offset + 1]) << 16 | UInt32(hash[offset + 2]) << 8
            | UInt32(hash[offset + 3])
    }
}
