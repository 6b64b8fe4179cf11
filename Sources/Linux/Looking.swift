// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Looking at a machine: for the tool's doctor, which follows links as the programs do that it looks at, and believes
    /// nothing of what it finds.
    package enum Look {
        /// The status of what a path leads to, links followed.
        package static func status(of path: [UInt8]) throws(SystemError) -> FileStatus {
            try open(path).status()
        }

        /// Whether a path leads to something that root can look at.
        package static func exists(_ path: String) -> Bool {
            do throws(SystemError) {
                _ = try status(of: Array(path.utf8))
                return true
            } catch {
                return false
            }
        }

        /// The whole regular file at a path, links followed.
        ///
        /// - Throws: `EFBIG` where it has more than `limit` bytes, `EINVAL` where it is no file.
        package static func file(at path: [UInt8], limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
            let file = try open(path)
            guard try file.status().kind == .regular else { throw .invalid }
            // Files of /proc say that they are empty.
            var bytes = [UInt8](repeating: 0, count: limit + 1)
            var room = bytes.mutableSpan
            let count = try file.read(into: &room, at: 0)
            guard count <= limit else { throw .fileTooLarge }
            return Array(bytes.prefix(count))
        }

        /// The names in the folder at a path, links followed, in no particular order.
        package static func names(in path: [UInt8]) throws(SystemError) -> [[UInt8]] { try open(path).names() }

        /// What a symbolic link says; nil where there is none.
        package static func target(ofLink path: [UInt8]) -> [UInt8]? {
            var room = [CChar](repeating: 0, count: 4096)
            let count = room.count - 1
            do throws(SystemError) {
                // SAFETY: text is a C string that lives for the call, and readlink writes no more than it is told.
                let length = unsafe try withCString(path) { (text) throws(SystemError) in
                    unsafe room.withUnsafeMutableBufferPointer { buffer in
                        unsafe buffer.baseAddress.map { unsafe readlink(text, $0, count) } ?? -1
                    }
                }
                return length < 0 ? nil : room.prefix(length).map { UInt8(bitPattern: $0) }
            } catch {
                return nil
            }
        }

        private static func open(_ path: [UInt8]) throws(SystemError) -> Descriptor {
            // SAFETY: text is a C string that lives for the call.
            let number = unsafe try withCString(path) { (text) throws(SystemError) in
                unsafe twostep_openat(AT_FDCWD, text, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0)
            }
            guard number >= 0 else { throw .last }
            return Descriptor(owning: number)
        }
    }

    /// Whether the kernel believes that somebody keeps the clock right (adjtimex(2)); nil where it does not say.
    package func isClockSynchronised() -> Bool? {
        let state = twostep_clock_is_free()
        return state < 0 ? nil : state == 0
    }

    /// What statfs(2) says of the file system in which a folder lies.
    package struct FileSystem: Sendable {
        package let kind: UInt64
        package let isReadOnly: Bool
        /// Bytes that root may still take.
        package let free: UInt64
        /// Whether the folder's files are not copied on writing.
        package let isNotCopied: Bool
        /// Whether a file that was written over came to lie elsewhere; nil where that could not be tried or seen.
        package let moves: Bool?

        /// - Parameter trying: whether a file without a name may be written in the folder, to see whether it stays.
        package static func look(at folder: borrowing Descriptor, trying: Bool) throws(SystemError) -> FileSystem {
            var disk = twostep_disk()
            // SAFETY: the wrapper writes one structure, which `disk` is.
            guard unsafe twostep_look_at_disk(folder.number, &disk) == 0 else { throw .last }
            return FileSystem(
                kind: disk.kind, isReadOnly: disk.read_only != 0, free: disk.free, isNotCopied: disk.not_copied != 0,
                moves: trying && disk.read_only == 0 ? movesWhatIsWrittenOver(folder) : nil)
        }

        /// Writes a block twice, and looks where it lies each time. The file never has a name, and goes when it is closed.
        private static func movesWhatIsWrittenOver(_ folder: borrowing Descriptor) -> Bool? {
            let number = twostep_open_scratch(folder.number)
            guard number >= 0 else { return nil }
            let scratch = Descriptor(owning: number)
            var places: [UInt64] = []
            for byte in [0x55, 0xAA] as [UInt8] {
                let block = [UInt8](repeating: byte, count: 4096)
                do throws(SystemError) {
                    try scratch.write(block.span, at: 0)
                    try scratch.syncData()
                } catch {
                    return nil
                }
                var place: UInt64 = 0
                // SAFETY: the wrapper writes one number, which `place` is.
                guard unsafe twostep_first_place(scratch.number, &place) == 0 else { return nil }
                places.append(place)
            }
            return places[0] != places[1]
        }
    }
#endif
