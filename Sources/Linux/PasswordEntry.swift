internal import CLinux

/// An account as the system's name service knows it. See passwd(5).
public struct PasswordEntry: Equatable, Sendable {
    /// The numeric user id.
    public let uid: UInt32
    /// The account's own group.
    public let gid: UInt32
    /// The canonical user name, as the name service spells it.
    public let name: [UInt8]

    package init(uid: UInt32, gid: UInt32, name: [UInt8]) {
        self.uid = uid
        self.gid = gid
        self.name = name
    }

    /// Looks an account up by name (1 to 256 bytes).
    ///
    /// - Returns: nil where the name service answered that there is none.
    /// - Throws: the error of getpwnam_r(3) where the name service could not answer.
    package static func named(_ name: [UInt8]) throws(SystemError) -> PasswordEntry? {
        guard !name.isEmpty, name.count <= 256, !name.contains(0) else { return nil }
        // SAFETY: text is a C string that lives for the call.
        return unsafe try withCString(name) { (text) throws(SystemError) in
            unsafe try find { (entry, buffer, size, found) in
                unsafe getpwnam_r(text, entry, buffer, size, found)
            }
        }
    }

    /// Looks an account up by user id.
    ///
    /// - Returns: nil where the name service answered that there is none.
    /// - Throws: the error of getpwuid_r(3) where the name service could not answer.
    package static func withUID(_ uid: UInt32) throws(SystemError) -> PasswordEntry? {
        // SAFETY: the arguments are the ones `find` made for exactly this call.
        unsafe try find { (entry, buffer, size, found) in unsafe getpwuid_r(uid, entry, buffer, size, found) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    /// Calls a reentrant look-up.
    private static func find(_ lookup: Lookup) throws(SystemError) -> PasswordEntry? {
        var result: PasswordEntry?
        // SAFETY: the buffer has `size` bytes and lives for the call.
        unsafe try askNameService { (buffer, size) in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            // SAFETY: entry, buffer and found outlive the call, and size is the buffer's.
            let status = unsafe lookup(&entry, buffer, size, &found)
            if unsafe found != nil, let name = unsafe entry.pw_name {
                // SAFETY: pw_name is a C string inside the buffer, which is still alive.
                result = unsafe PasswordEntry(
                    uid: entry.pw_uid, gid: entry.pw_gid, name: bytes(ofCString: name, atMost: 257))
            }
            return status
        }
        return result
    }
}

/// Calls a reentrant look-up of the name service with a buffer that grows to at most 4 MiB: a group of a directory may
/// list everybody.
///
/// - Parameter lookUp: gets the buffer and its size, keeps what it found and returns what the call did.
/// - Throws: the error of the look-up where the name service could not answer; that there is no such name is none.
/// - Safety: `lookUp` must write no more than the size says, and keep no pointer into the buffer.
@unsafe func askNameService(_ lookUp: (UnsafeMutablePointer<CChar>, Int) -> Int32) throws(SystemError) {
    var size = 4096
    while size <= 1 << 22 {
        // SAFETY: the buffer has `size` bytes and is freed on every way out of this turn of the loop.
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { unsafe buffer.deallocate() }
        let status = unsafe lookUp(buffer, size)
        switch status {
        case ERANGE: size *= 4
        case EINTR: continue
        // glibc reports "no such name" in several ways; see getpwnam_r(3).
        case 0, ENOENT, ESRCH: return
        default: throw SystemError(code: status)
        }
    }
    throw SystemError(code: ERANGE)
}

/// The real user id of the process.
package func realUserID() -> UInt32 { getuid() }

/// The user who started this program, which may have become root since: its real user id, or the one that it had when it
/// began (`AT_UID`, getauxval(3)).
package func startingUserID() -> UInt32 {
    let uid = getuid()
    return uid != 0 ? uid : UInt32(truncatingIfNeeded: getauxval(UInt(AT_UID)))
}

/// The effective user id of the process.
package func effectiveUserID() -> UInt32 { geteuid() }
