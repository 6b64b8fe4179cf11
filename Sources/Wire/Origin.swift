internal import Linux
package import TwostepCore

/// Where a login comes from, as far as that can be relied on.
///
/// A caller that a user has started is that user's real uid, whatever it says about hosts. Of a caller that root has
/// started, a numeric remote address counts; without any remote host, a terminal that is not sshd's is this machine's own.
/// Host names are what somebody's DNS says: they belong to the world.
package func loginSource(uid: UInt32, remoteHost: [UInt8], terminal: [UInt8]) -> Source? {
    guard uid == 0 else { return Source(.uid, UInt64(uid)) }
    guard remoteHost.isEmpty else {
        guard let address = networkAddress(remoteHost) else { return nil }
        return Source(address: address)
    }
    return terminal.isEmpty || terminal.equals("ssh") ? nil : Source(.console, 0)
}
