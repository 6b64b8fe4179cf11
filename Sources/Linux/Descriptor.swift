internal import CLinux

/// What a file is, as far as Twostep decides on it. See fstat(2).
public struct FileStatus: Equatable, Sendable {
    package enum Kind: Sendable { case regular, folder, symbolicLink, socket, other }
    package let kind: Kind
    /// The owner's user id.
    package let owner: UInt32
    /// The permission bits, 0 to 0o7777.
    package let mode: UInt32
    /// How many names the file has.
    package let links: UInt64
    /// The size in bytes.
    package let size: Int64
    package let device: UInt64
    package let inode: UInt64

    fileprivate init(_ raw: stat) {
        kind =
            switch Int32(raw.st_mode) & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            case S_IFSOCK: .socket
            default: .other
            }
        owner = raw.st_uid
        mode = raw.st_mode & 0o7777
        links = UInt64(raw.st_nlink)
        size = Int64(raw.st_size)
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
    }
}

/// An open file or folder; closed when the value ends. Every descriptor is close-on-exec, and no open follows a
/// symbolic link or waits for a FIFO's other end.
public struct Descriptor: ~Copyable {
    /// The kernel's number; the value owns it, and no other file than this one's extensions uses it.
    let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// How a file is opened. See open(2).
    package enum Access: Sendable {
        /// A folder, only to walk through and look up names in.
        case folder
        case read
        case readWrite
        /// A new file with these permission bits, which must not exist yet.
        case create(mode: UInt32)

        fileprivate var flags: Int32 {
            let common = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            switch self {
            case .folder: return common | O_RDONLY | O_DIRECTORY
            case .read: return common | O_RDONLY
            case .readWrite: return common | O_RDWR
            case .create: return common | O_RDWR | O_CREAT | O_EXCL
            }
        }

        fileprivate var mode: mode_t {
            if case .create(let mode) = self { return mode_t(mode) }
            return 0
        }
    }

    /// Opens the root folder.
    package static func root() throws(SystemError) -> Descriptor {
        // SAFETY: the path is a static C string.
        let number = unsafe twostep_openat(AT_FDCWD, "/", Access.folder.flags, 0)
        guard number >= 0 else { throw .last }
        return Descriptor(owning: number)
    }

    /// Opens the folder at an absolute path in one call, if no component of it is a symbolic link. See openat2(2).
    ///
    /// - Returns: nil where that fails, for whatever reason, `ENOSYS` on an old kernel among them.
    package static func folderWithoutLinks(at path: [UInt8]) -> Descriptor? {
        var opened: Int32 = -1
        do throws(SystemError) {
            // SAFETY: text is a C string that lives for the call.
            opened = unsafe try withCString(path) { (text) throws(SystemError) in
                unsafe twostep_open_folder_without_links(text, Access.folder.flags)
            }
        } catch {
            return nil
        }
        return opened >= 0 ? Descriptor(owning: opened) : nil
    }

    /// The status of the folder `generations` (1 to 255) above this one.
    package func statusAbove(_ generations: Int) throws(SystemError) -> FileStatus {
        var path: [UInt8] = []
        for _ in 0..<min(max(generations, 1), 255) { path += [0x2E, 0x2E, 0x2F] }
        var raw = stat()
        // SAFETY: text is a C string that lives for the call; fstatat writes one stat, which `raw` is.
        unsafe try withCString(path) { (text) throws(SystemError) in
            guard unsafe fstatat(number, text, &raw, AT_SYMLINK_NOFOLLOW) == 0 else { throw .last }
        }
        return FileStatus(raw)
    }

    /// Opens `name`, one path component, in this folder.
    ///
    /// - Throws: `EINVAL` for a name that is empty, `.`, `..` or has a slash or NUL; what openat(2) says otherwise.
    @inline(never)
    package func open(_ name: [UInt8], _ access: Access) throws(SystemError) -> Descriptor {
        try Descriptor.check(name)
        return Descriptor(
            // SAFETY: text is a C string that lives for the call.
            owning: unsafe try withCString(name) { (text) throws(SystemError) in
                while true {
                    let opened = unsafe twostep_openat(number, text, access.flags, access.mode)
                    if opened >= 0 { return opened }
                    guard SystemError.last.code == EINTR else { throw .last }
                }
            })
    }

    /// A path component: not empty, not `.` or `..`, without a slash.
    package static func check(_ name: [UInt8]) throws(SystemError) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        guard !name.isEmpty, name.count <= 255, !name.contains(slash), !name.contains(0), name != [dot],
            name != [dot, dot]
        else { throw .invalid }
    }

    @inline(never)
    package func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        // SAFETY: fstat writes one stat, which `raw` is.
        guard unsafe fstat(number, &raw) == 0 else { throw .last }
        return FileStatus(raw)
    }

    /// The status of `name` in this folder, of a symbolic link itself.
    @inline(never)
    package func status(of name: [UInt8]) throws(SystemError) -> FileStatus {
        try Descriptor.check(name)
        var raw = stat()
        // SAFETY: text is a C string that lives for the call; fstatat writes one stat, which `raw` is.
        unsafe try withCString(name) { (text) throws(SystemError) in
            guard unsafe fstatat(number, text, &raw, AT_SYMLINK_NOFOLLOW) == 0 else { throw .last }
        }
        return FileStatus(raw)
    }

    /// Reads from byte `offset` until `bytes` is full or the file ends.
    ///
    /// - Returns: how many bytes were read.
    package func read(into bytes: inout MutableSpan<UInt8>, at offset: Int64) throws(SystemError) -> Int {
        var done = 0
        let count = bytes.count
        while done < count {
            // SAFETY: pointer and length stay within the buffer, as done < count, and it outlives the call.
            let got = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                unsafe buffer.baseAddress.map { base in
                    unsafe pread(number, base + done, count - done, Int(offset) + done)
                } ?? -1
            }
            if got > 0 {
                done += got
            } else if got == 0 {
                break
            } else if SystemError.last.code != EINTR {
                throw .last
            }
        }
        return done
    }

    /// Writes all of `bytes` from byte `offset` on.
    package func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
        var done = 0
        let count = bytes.count
        while done < count {
            // SAFETY: pointer and length stay within the buffer, as done < count.
            let put = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe buffer.baseAddress.map { base in
                    unsafe pwrite(number, base + done, count - done, Int(offset) + done)
                } ?? -1
            }
            if put > 0 {
                done += put
            } else if put == 0 {
                throw .inputOutput
            } else if SystemError.last.code != EINTR {
                throw .last
            }
        }
    }

    /// Returns once the data of the file are durable. See fdatasync(2).
    package func syncData() throws(SystemError) {
        guard fdatasync(number) == 0 else { throw .last }
    }

    /// Returns once data, size and names are durable. See fsync(2).
    package func sync() throws(SystemError) {
        guard fsync(number) == 0 else { throw .last }
    }

    /// Takes the exclusive lock on the open file, waiting at most `milliseconds`.
    ///
    /// The lock goes with the descriptor. Nothing else than processes that may open the file can hold it.
    ///
    /// - Throws: `EAGAIN` if somebody else held the lock all that time.
    package func lock(waitingAtMost milliseconds: Int64) throws(SystemError) {
        let deadline = monotonicMilliseconds() + milliseconds
        // Counted as well, for a clock that cannot be read.
        var waited: Int64 = 0
        var wait: Int64 = 1
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            let error = SystemError.last
            guard error == .tryAgain || error.code == EINTR else { throw error }
            guard monotonicMilliseconds() < deadline, waited < milliseconds else { throw .tryAgain }
            pause(milliseconds: wait)
            waited += wait
            wait = min(wait * 2, 20)
        }
    }
}
