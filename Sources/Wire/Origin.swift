internal import Linux
package import TwostepCore

/// Where a login comes from, as far as that can be relied on.
///
/// A caller that a user has started is that user's real uid, whatever it says about hosts. Of a caller that root has
/// started, a numeric remote address counts; without any remote host, the name of a terminal or display of this machine.
/// Host names are what somebody's DNS says: they belong to the world.
package func loginSource(uid: UInt32, remoteHost: [UInt8], terminal: [UInt8]) -> Source? {
    guard uid == 0 else { return Source(.uid, UInt64(uid)) }
    guard remoteHost.isEmpty else {
        guard let address = networkAddress(remoteHost) else { return nil }
        return Source(address: address)
    }
    return isLocal(terminal) ? Source(.console, 0) : nil
}

/// The numeric remote address, as far as policy believes it: of a caller that root has started alone, and never the name
/// of a host. IPv6 with a zone (`fe80::1%eth0`) is none.
package func remoteAddress(uid: UInt32, _ remoteHost: [UInt8]) -> UInt128? {
    guard uid == 0, let address = networkAddress(remoteHost) else { return nil }
    return Rule.number(ofAddress: address)
}

/// Whether `PAM_TTY` names a virtual or serial terminal (`tty1`, `ttyS0`, `hvc0`) or an X display (`:0`). Services that
/// forget the remote host put other things there, such as their own name.
private func isLocal(_ terminal: [UInt8]) -> Bool {
    let folder = [UInt8](text: "/dev/")
    let name = terminal.starts(with: folder) ? Array(terminal[folder.count...]) : terminal
    guard let last = name.last, last >= 0x30, last <= 0x39 else { return false }
    let kinds: [StaticString] = ["tty", "hvc", ":"]
    for kind in kinds where name.starts(with: [UInt8](text: kind)) { return !name.contains(0x2F) }
    return false
}
