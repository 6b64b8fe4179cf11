internal import CLinux

/// Where an absolute path leads, every symbolic link followed. See realpath(3). For the tool as its own user; nothing of
/// root's follows links of others.
package func resolvePath(_ path: [UInt8]) throws(SystemError) -> [UInt8] {
    // SAFETY: text is a C string that lives for the call; what realpath returns is a C string to be freed.
    unsafe try withCString(path) { (text) throws(SystemError) in
        guard let resolved = unsafe realpath(text, nil) else { throw .last }
        defer { unsafe free(resolved) }
        return unsafe bytes(ofCString: resolved, atMost: Int(PATH_MAX))
    }
}
