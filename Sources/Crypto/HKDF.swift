extension Libcrypto {
    /// HKDF-Expand with HMAC-SHA-256 (RFC 5869 section 2.3), spelt out over libcrypto's HMAC: fetching libcrypto's own
    /// HKDF costs a login a tenth of its time (docs/adr/0004-libcrypto.md).
    ///
    /// - Parameters:
    ///   - key: the pseudorandom key, at least 32 bytes.
    ///   - info: what the result is for, at most 1,024 bytes.
    ///   - derived: receives the result; 1 to 8,160 bytes.
    package func expand(
        key: Span<UInt8>, info: Span<UInt8>, into derived: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard key.count >= 32, key.count <= 1024, info.count <= 1024, derived.count > 0, derived.count <= 255 * 32
        else { throw .badArgument }
        // T(1) = HMAC(key, info ‖ 1), T(n) = HMAC(key, T(n - 1) ‖ info ‖ n); the result is their beginning.
        let size = HashAlgorithm.sha256.digestSize
        var done = 0
        var number: UInt8 = 1
        while done < derived.count {
            var hmac = try beginHMAC(.sha256, key: key)
            if done > 0 { try hmac.update(derived.span.extracting((done - size)..<done)) }
            try hmac.update(info)
            try hmac.update([number].span)
            if derived.count - done >= size {
                var room = derived._mutatingExtracting(done..<(done + size))
                try hmac.finish(into: &room)
            } else {
                let last = try hmac.finish()
                for index in 0..<(derived.count - done) { derived[done + index] = last.bytes[index] }
            }
            done += size
            number &+= 1
        }
    }

    /// The same in memory of its own.
    ///
    /// - Parameter count: how many bytes to derive, 1 to 8,160.
    package func expand(key: Span<UInt8>, info: Span<UInt8>, count: Int) throws(CryptoError) -> SecretBytes {
        guard count > 0, count <= 255 * 32 else { throw .badArgument }
        var derived = SecretBytes(zeroes: count)
        var room = derived.mutableBytes
        try expand(key: key, info: info, into: &room)
        return derived
    }
}
