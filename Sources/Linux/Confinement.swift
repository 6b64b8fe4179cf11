internal import CLinux

/// Giving up, for good, what a process of the service does not need; what it starts has as little.
package enum Confinement {
    /// No capability, neither now nor by starting a program, and no core dump.
    ///
    /// - Throws: what capset(2) or prctl(2) says.
    package static func dropPrivileges() throws(SystemError) {
        try check(twostep_prctl(PR_SET_NO_NEW_PRIVS, 1))
        try check(twostep_prctl(PR_SET_DUMPABLE, 0))
        // Without the capability to give capabilities up, there are none that could come back.
        for number in 0..<UInt(64) where twostep_prctl(PR_CAPBSET_READ, number) == 1 {
            if twostep_prctl(PR_CAPBSET_DROP, number) != 0, SystemError.last != .notPermitted { throw .last }
        }
        try check(twostep_drop_capabilities())
    }

    /// No core dump, nor reading of this process by others than root; what it starts is as it always is.
    package static func stayPrivate() throws(SystemError) { try check(twostep_prctl(PR_SET_DUMPABLE, 0)) }

    /// Refuses system calls that nothing in the service makes: starting programs, other sockets than of this machine,
    /// other processes (`refused` in clinux.c). After `dropPrivileges`.
    package static func filterSystemCalls() throws(SystemError) { try check(twostep_filter_system_calls()) }

    /// Refuses changes of owners, rights and folders too; and unless `makingFiles`, that files are renamed or removed.
    package static func filterFileChanges(makingFiles: Bool = false) throws(SystemError) {
        try check(twostep_filter_file_rights())
        if !makingFiles { try check(twostep_filter_file_names()) }
    }

    /// Lets all files be read, and those below `path` alone be written, or with `makingFiles` made and removed; where that
    /// is no folder, none. After `dropPrivileges`. Where the kernel has no landlock(7), nothing is restricted.
    package static func restrictWriting(to path: [UInt8], makingFiles: Bool = false) throws(SystemError) {
        let number = twostep_new_ruleset()
        guard number >= 0 else {
            guard [ENOSYS, EOPNOTSUPP].contains(SystemError.last.code) else { throw .last }
            return
        }
        let rules = Descriptor(owning: number)
        let root = try Descriptor.root()
        try check(twostep_allow_below(rules.number, root.number, 0))
        if let folder = Descriptor.folderWithoutLinks(at: path) ?? walk(to: path) {
            try check(twostep_allow_below(rules.number, folder.number, makingFiles ? 2 : 1))
        }
        try check(twostep_enforce(rules.number))
    }

    /// The same step by step: systemd's `RestrictSUIDSGID=` takes openat2(2) away, since a filter cannot see its flags.
    private static func walk(to path: [UInt8]) -> Descriptor? {
        do throws(SystemError) {
            var folder = try Descriptor.root()
            for name in path.split(separator: UInt8(ascii: "/")) {
                let below = try folder.open(Array(name), .folder)
                folder = below
            }
            return folder
        } catch {
            return nil
        }
    }

    private static func check(_ status: Int32) throws(SystemError) {
        guard status == 0 else { throw .last }
    }
}
