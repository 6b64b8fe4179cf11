internal import CLinux

/// Changing names in a folder: for the tool; no login does any of it.
extension Descriptor {
    /// Makes the folder `name` with these permission bits, whatever the umask.
    package func makeFolder(_ name: [UInt8], mode: UInt32) throws(SystemError) {
        try Descriptor.check(name)
        // SAFETY: text is a C string that lives for the call.
        unsafe try withCString(name) { (text) throws(SystemError) in
            guard unsafe mkdirat(number, text, mode_t(mode)) == 0 else { throw .last }
        }
        // The umask took bits away when the folder was made.
        try open(name, .folder).setMode(mode)
    }

    /// Removes the empty folder `name` from this folder.
    package func removeFolder(_ name: [UInt8]) throws(SystemError) {
        try Descriptor.check(name)
        // SAFETY: text is a C string that lives for the call.
        unsafe try withCString(name) { (text) throws(SystemError) in
            guard unsafe unlinkat(number, text, AT_REMOVEDIR) == 0 else { throw .last }
        }
    }

    /// Sets the permission bits of the open file.
    package func setMode(_ mode: UInt32) throws(SystemError) {
        guard fchmod(number, mode_t(mode)) == 0 else { throw .last }
    }

    /// Renames `from` to `to` in this folder, replacing what was there.
    package func rename(_ from: [UInt8], to: [UInt8]) throws(SystemError) {
        try Descriptor.check(from)
        try Descriptor.check(to)
        // SAFETY: both are C strings that live for the call.
        unsafe try withCString(from) { (old) throws(SystemError) in
            unsafe try withCString(to) { (new) throws(SystemError) in
                guard unsafe renameat(number, old, number, new) == 0 else { throw .last }
            }
        }
    }

    /// Removes the file `name` from this folder.
    package func remove(_ name: [UInt8]) throws(SystemError) {
        try Descriptor.check(name)
        // SAFETY: text is a C string that lives for the call.
        unsafe try withCString(name) { (text) throws(SystemError) in
            guard unsafe unlinkat(number, text, 0) == 0 else { throw .last }
        }
    }

    /// The names in this folder, without `.` and `..`, in no particular order.
    package func names() throws(SystemError) -> [[UInt8]] {
        // SAFETY: the path is a static C string; fdopendir takes the new descriptor over, or it is closed here.
        let copy = unsafe twostep_openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard copy >= 0 else { throw .last }
        guard let stream = unsafe fdopendir(copy) else {
            let error = SystemError.last
            close(copy)
            throw error
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        // SAFETY: each entry is valid until the next readdir, and its name is NUL-terminated.
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    unsafe bytes(ofCString: text, atMost: 256)
                }
            }
            if name != [UInt8(ascii: ".")], name != [UInt8(ascii: "."), UInt8(ascii: ".")] { names.append(name) }
        }
        return names
    }
}
