// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Going through the accounts: for the tool; no login does any of it.
    extension PasswordEntry {
        /// All accounts that the name service enumerates, with their home folders. A directory service may be told to name
        /// only those that it is asked for; see getpwent(3).
        ///
        /// - Throws: what `getpwent(3)` says where the name service could not answer.
        package static func all() throws(SystemError) -> [(entry: PasswordEntry, home: [UInt8])] {
            var found: [(entry: PasswordEntry, home: [UInt8])] = []
            setpwent()
            defer { endpwent() }
            while true {
                twostep_clear_errno()
                // SAFETY: getpwent returns NULL or an entry that stays until it is called again.
                guard let entry = unsafe getpwent() else {
                    let error = SystemError.last
                    guard error.code == 0 || error == .noEntry else { throw error }
                    return found
                }
                guard let name = unsafe entry.pointee.pw_name else { continue }
                // SAFETY: its texts are C strings that stay as long; the tool has one thread.
                let home = unsafe entry.pointee.pw_dir.map { unsafe bytes(ofCString: $0, atMost: 4096) } ?? []
                // SAFETY: as above.
                unsafe found.append(
                    (
                        PasswordEntry(
                            uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid,
                            name: bytes(ofCString: name, atMost: 257)), home
                    ))
            }
        }
    }
#endif
