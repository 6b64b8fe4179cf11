internal import CLinux

/// The first kilobyte of a file that the kernel makes up, such as those in /proc, whose size it does not say; nil where it
/// cannot be read.
///
/// - Parameter path: absolute. Whoever can put something else there is root.
package func readKernelFile(_ path: [UInt8]) -> [UInt8]? {
    do throws(SystemError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        // SAFETY: the path is a C string that lives for the call.
        let number = unsafe try withCString(path) { (path) throws(SystemError) in
            unsafe twostep_openat(AT_FDCWD, path, flags, 0)
        }
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        var bytes = [UInt8](repeating: 0, count: 1024)
        var room = bytes.mutableSpan
        let count = try file.read(into: &room, at: 0)
        return Array(bytes[..<count])
    } catch {
        return nil
    }
}
