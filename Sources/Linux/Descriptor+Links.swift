// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Symbolic links: for the tool; no login follows one.
    extension Descriptor {
        /// What the symbolic link `name` in this folder says; at most 4,095 bytes.
        package func target(ofLink name: [UInt8]) throws(SystemError) -> [UInt8] {
            try Descriptor.check(name)
            var room = [CChar](repeating: 0, count: 4096)
            let count = room.count - 1
            // SAFETY: text is a C string that lives for the call, and readlinkat writes no more than it is told.
            let length = unsafe try withCString(name) { (text) throws(SystemError) in
                let length = unsafe room.withUnsafeMutableBufferPointer { buffer in
                    unsafe buffer.baseAddress.map { unsafe readlinkat(number, text, $0, count) } ?? -1
                }
                guard length >= 0 else { throw .last }
                return length
            }
            return room.prefix(length).map { UInt8(bitPattern: $0) }
        }
    }
#endif
