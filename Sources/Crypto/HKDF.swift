extension Libcrypto {
    /// The first 32 bytes of HKDF-Expand with HMAC-SHA-256 (RFC 5869 section 2.3), which are all that is needed of it,
    /// spelt out over libcrypto's HMAC: fetching libcrypto's own HKDF costs a login a tenth of its time
    /// (docs/adr/0004-libcrypto.md).
    ///
    /// - Parameters:
    ///   - key: the pseudorandom key, at least 32 bytes.
    ///   - info: what the result is for, at most 1,024 bytes.
    ///   - derived: receives the result; 32 bytes, of which a beginning is the result for fewer.
    package func expand(
        key: Span<UInt8>, info: Span<UInt8>, into derived: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard key.count >= 32, key.count <= 1024, info.count <= 1024 else { throw .badArgument }
        // T(1) = HMAC(key, info ‖ 1).
        var hmac = try beginHMAC(.sha256, key: key)
        try hmac.update(info)
        try hmac.update([1].span)
        try hmac.finish(into: &derived)
    }
}
