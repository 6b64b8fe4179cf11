internal import COpenSSL

/// Whether two byte strings are equal, in a time that depends on their lengths only. See CRYPTO_memcmp(3).
package func equalInConstantTime(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    let count = left.count
    guard count > 0 else { return true }
    // SAFETY: both buffers live for the call inside and hold `count` bytes.
    return unsafe left.withUnsafeBufferPointer { a in
        unsafe right.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress else { return false }
            // SAFETY: both spans hold `count` bytes, as checked above.
            return unsafe CRYPTO_memcmp(a, b, count) == 0
        }
    }
}
