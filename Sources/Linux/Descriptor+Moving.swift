// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Files between two folders: for the tool; no login does any of it.
    extension Descriptor {
        /// Gives the file `name` of this folder another name, in another folder of the same file system.
        package func link(_ name: [UInt8], into folder: borrowing Descriptor, as other: [UInt8]) throws(SystemError) {
            try Descriptor.check(name)
            try Descriptor.check(other)
            let (from, to) = (number, folder.number)
            // SAFETY: both are C strings that live for the call.
            unsafe try withCString(name) { (old) throws(SystemError) in
                unsafe try withCString(other) { (new) throws(SystemError) in
                    guard unsafe linkat(from, old, to, new, 0) == 0 else { throw .last }
                }
            }
        }

        /// Moves the file `name` of this folder to another one of the same file system, in place of what is there.
        package func move(_ name: [UInt8], into folder: borrowing Descriptor, as other: [UInt8]) throws(SystemError) {
            try Descriptor.check(name)
            try Descriptor.check(other)
            let (from, to) = (number, folder.number)
            // SAFETY: both are C strings that live for the call.
            unsafe try withCString(name) { (old) throws(SystemError) in
                unsafe try withCString(other) { (new) throws(SystemError) in
                    guard unsafe renameat(from, old, to, new) == 0 else { throw .last }
                }
            }
        }
    }
#endif
