internal import CLinux

/// Whether an account belongs to a group as the name service has it: by the account's own group, by the group's list, or
/// by the list that initgroups(3) would take for a login, which alone knows the groups of a directory's groups.
///
/// - Returns: nil where the name service answered that there is no such group.
/// - Throws: the error of getgrnam_r(3) or getpwnam_r(3) where the name service could not answer; `ERANGE` where the answer
///   is larger than 4 MiB.
package func isMember(_ user: [UInt8], of group: [UInt8]) throws(SystemError) -> Bool? {
    guard let found = try lookUp(group, listing: user) else { return nil }
    if found.listsUser { return true }
    guard let account = try PasswordEntry.named(user) else { throw .noEntry }
    if account.gid == found.number { return true }
    return try groups(of: account, contain: found.number)
}

#if !hasFeature(Embedded)
    /// Whether the name service knows a group of this name: for the tool's doctor.
    ///
    /// - Throws: as `isMember`.
    package func groupExists(_ name: [UInt8]) throws(SystemError) -> Bool { try lookUp(name, listing: []) != nil }
#endif

/// A group's number, and whether its list names the user; nil where there is no such group.
private func lookUp(
    _ group: [UInt8], listing user: [UInt8]
) throws(SystemError) -> (number: UInt32, listsUser: Bool)? {
    var result: (number: UInt32, listsUser: Bool)?
    // SAFETY: the name is a C string that lives for the call.
    unsafe try withCString(group) { (name) throws(SystemError) in
        // SAFETY: the arguments are the ones made for exactly this call.
        unsafe try askNameService { (buffer, size) in
            var entry = unsafe CLinux.group()
            var found: UnsafeMutablePointer<CLinux.group>?
            // SAFETY: entry, buffer and found outlive the call, and size is the buffer's.
            let status = unsafe getgrnam_r(name, &entry, buffer, size, &found)
            if unsafe found != nil { unsafe result = (entry.gr_gid, lists(entry.gr_mem, user)) }
            return status
        }
    }
    return result
}

/// Whether a list of names, which ends in a null pointer, has this one.
///
/// - Safety: `names` must be NULL, or such a list of C strings.
@unsafe private func lists(_ names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ user: [UInt8]) -> Bool {
    // SAFETY: as the caller promises, nothing is read behind the null pointer.
    guard let names = unsafe names else { return false }
    var index = 0
    while let name = unsafe names[index] {
        var same = 0
        // SAFETY: a C string of that list; its bytes differ from the user's, who have no zero, where it ends or before.
        while same < user.count, unsafe UInt8(bitPattern: name[same]) == user[same] { same += 1 }
        // SAFETY: as above: nothing before this one was the terminator.
        if same == user.count, unsafe name[same] == 0 { return true }
        index += 1
    }
    return false
}

/// Whether getgrouplist(3) has the group among those of the user. It has no way to say that a name service did not answer;
/// what can be told by the error number that it leaves behind is taken for that.
private func groups(of account: PasswordEntry, contain number: UInt32) throws(SystemError) -> Bool {
    // The most groups that a process can have (NGROUPS_MAX).
    let limit = 65_536
    var room = 64
    while room <= limit {
        // SAFETY: the list has room for `room` numbers and is freed on every way out of this turn of the loop.
        let list = UnsafeMutablePointer<gid_t>.allocate(capacity: room)
        defer { unsafe list.deallocate() }
        var count = Int32(truncatingIfNeeded: room)
        // SAFETY: name is a C string that lives for the call, and the list has room for `count` numbers.
        let status = unsafe try withCString(account.name) { (name) throws(SystemError) in
            twostep_clear_errno()
            return unsafe getgrouplist(name, account.gid, list, &count)
        }
        let left = twostep_errno()
        if status >= 0 {
            // SAFETY: so many of them have been written.
            for index in 0..<min(Int(count), room) where unsafe list[index] == number { return true }
            // A process without descriptors or memory, such as a user may start, has asked nobody.
            for code in [EMFILE, ENFILE, ENOMEM, EIO] where left == code { throw SystemError(code: code) }
            return false
        }
        room *= 32
    }
    throw SystemError(code: ERANGE)
}
