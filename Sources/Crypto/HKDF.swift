internal import COpenSSL

extension Libcrypto {
    /// HKDF-Expand with HMAC-SHA-256 (RFC 5869 section 2.3).
    ///
    /// - Parameters:
    ///   - key: the pseudorandom key, at least 32 bytes.
    ///   - info: what the result is for, at most 1,024 bytes.
    ///   - count: how many bytes to derive, 1 to 8,160.
    package func expand(key: Span<UInt8>, info: Span<UInt8>, count: Int) throws(CryptoError) -> SecretBytes {
        guard key.count >= 32, key.count <= 1024, info.count <= 1024, count > 0, count <= 255 * 32 else {
            throw .badArgument
        }
        markErrors()
        defer { dropErrors() }
        // SAFETY: the fetched KDF is alive as long as self, the result is checked and freed on every way out.
        guard let context = unsafe EVP_KDF_CTX_new(kdf) else { throw .failed }
        defer { unsafe EVP_KDF_CTX_free(context) }
        var derived = SecretBytes(zeroes: count)
        var room = derived.mutableBytes
        let done = unsafe room.withUnsafeMutableBufferPointer { room in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe info.withUnsafeBufferPointer { info in
                    // SAFETY: each pointer goes with its own buffer's count, and all live for the call.
                    unsafe twostep_hkdf_expand(
                        context, key.baseAddress, key.count, info.baseAddress, info.count, room.baseAddress, room.count)
                }
            }
        }
        guard done == 1 else { throw .failed }
        return derived
    }
}
