internal import CLinux

/// Fills `bytes` from the kernel's generator. See getrandom(2).
///
/// - Throws: the error of getrandom, if it gives none or too few bytes.
package func fillRandom(_ bytes: inout MutableSpan<UInt8>) throws(SystemError) {
    var filled = 0
    let count = bytes.count
    while filled < count {
        // SAFETY: the pointer and length stay within the buffer, as filled < count.
        let got = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { base in unsafe getrandom(base + filled, count - filled, 0) } ?? -1
        }
        if got > 0 {
            filled += got
        } else if SystemError.last.code != EINTR {
            throw .last
        }
    }
}
