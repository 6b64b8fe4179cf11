internal import CLinux

/// What a libc call that failed left in `errno`.
public struct SystemError: Error, Equatable, Sendable {
    /// The value of `errno` right after the call.
    public let code: Int32

    package init(code: Int32) { self.code = code }

    /// The error of the libc call that has just failed on this thread.
    package static var last: SystemError { SystemError(code: twostep_errno()) }

    package static let noEntry = SystemError(code: ENOENT)
    package static let invalid = SystemError(code: EINVAL)
    package static let exists = SystemError(code: EEXIST)
    package static let symbolicLink = SystemError(code: ELOOP)
    package static let isAFolder = SystemError(code: EISDIR)
    package static let noDevice = SystemError(code: ENXIO)
    package static let readOnly = SystemError(code: EROFS)
    package static let notPermitted = SystemError(code: EPERM)
    package static let noAccess = SystemError(code: EACCES)
    package static let textBusy = SystemError(code: ETXTBSY)
    package static let inUse = SystemError(code: EBUSY)
    package static let notEmpty = SystemError(code: ENOTEMPTY)
    package static let notAFolder = SystemError(code: ENOTDIR)
    package static let tryAgain = SystemError(code: EAGAIN)
    package static let brokenPipe = SystemError(code: EPIPE)
    package static let refused = SystemError(code: ECONNREFUSED)
    package static let addressInUse = SystemError(code: EADDRINUSE)
    package static let otherKind = SystemError(code: EPROTOTYPE)
    package static let inputOutput = SystemError(code: EIO)
    package static let fileTooLarge = SystemError(code: EFBIG)

    /// The symbolic name, such as `ENOENT`; the same in every locale. See strerrorname_np(3).
    package var name: [UInt8] {
        @inline(never) get {
            // SAFETY: strerrorname_np returns NULL or a pointer to a constant string that is never freed.
            guard let text = unsafe strerrorname_np(code) else { return [0x45, 0x3F] }
            return unsafe bytes(ofCString: text, atMost: 32)
        }
    }
}

/// The bytes of a C string without its terminator, at most `limit` of them.
///
/// - Safety: `text` must be NUL-terminated within `limit` bytes or readable for `limit` bytes.
@unsafe package func bytes(ofCString text: UnsafePointer<CChar>, atMost limit: Int) -> [UInt8] {
    // SAFETY: strnlen reads no further than the terminator or `limit`, as the caller promises both are readable.
    let length = unsafe strnlen(text, limit)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    for index in 0..<length { unsafe bytes.append(UInt8(bitPattern: text[index])) }
    return bytes
}

/// Runs `body` with `bytes` as a C string.
///
/// - Throws: `EINVAL` if the bytes contain a NUL, which would cut the string short.
/// - Safety: `body` must not let the pointer out: it is gone when `body` returns.
@unsafe package func withCString<R>(
    _ bytes: [UInt8], _ body: (UnsafePointer<CChar>) throws(SystemError) -> R
) throws(SystemError) -> R {
    let terminated = try terminate(bytes)
    // SAFETY: the span holds at least the terminator and lives for the whole call.
    return unsafe try terminated.span.withUnsafeBufferPointer { (buffer) throws(SystemError) in
        guard let text = buffer.baseAddress else { throw .invalid }
        return unsafe try body(text)
    }
}

/// The bytes and a NUL.
@inline(never) private func terminate(_ bytes: [UInt8]) throws(SystemError) -> [CChar] {
    var terminated: [CChar] = []
    terminated.reserveCapacity(bytes.count + 1)
    for byte in bytes {
        guard byte != 0 else { throw .invalid }
        terminated.append(CChar(bitPattern: byte))
    }
    terminated.append(0)
    return terminated
}
