internal import Linux
package import TwostepCore

/// What tells the session that this process belongs to from every other one, for `remember`: the id of this boot and,
/// where a user has started this program, the session that they did it in. Empty where `remember` is not set, where it
/// cannot be told, and where this process is not root's: its word would count for nothing.
package func loginSession(uid: UInt32, _ configuration: Configuration) -> [UInt8] {
    guard configuration.remember > 0, effectiveUserID() == 0,
        let boot = readKernelFile([UInt8](text: "/proc/sys/kernel/random/boot_id")), boot.count >= 36
    else { return [] }
    let session = Array(boot[..<36])
    guard uid != 0 else { return session }
    guard let own = ownSession() else { return [] }
    return session + own
}

/// The leader of this process's session: a blank, its number, a blank, and when it began, in ticks since the machine was
/// started. Nil where the leader has ended: its number may become another's.
///
/// No process can put itself into a session that is there already (setsid(2)).
private func ownSession() -> [UInt8]? {
    guard let leader = statusField(6, ofProcess: [UInt8](text: "self")),
        let begun = statusField(22, ofProcess: leader)
    else { return nil }
    return [0x20] + leader + [0x20] + begun
}

/// A field of /proc/PID/stat, counted from 1 as in proc(5); the third or a later one, since the second, a program's name
/// in parentheses, may have anything in it.
private func statusField(_ number: Int, ofProcess process: [UInt8]) -> [UInt8]? {
    guard let text = readKernelFile([UInt8](text: "/proc/") + process + [UInt8](text: "/stat")),
        let end = text.lastIndex(of: 0x29)
    else { return nil }
    // What stands before the third field is an empty part.
    let fields = Array(text[(end + 1)...]).parts(separatedBy: 0x20)
    guard fields.indices.contains(number - 2), !fields[number - 2].isEmpty else { return nil }
    return fields[number - 2]
}
