internal import Linux
internal import TwostepCore

/// Where this login comes from, as far as that can be relied on.
///
/// A caller that is not root is its real uid, whatever it says about hosts. Of a root caller, a numeric remote address
/// counts; without any remote host, a terminal that is not sshd's is this machine's own. Host names are what somebody's
/// DNS says: they belong to the world.
func source(remoteHost: [UInt8], terminal: [UInt8]) -> Source? {
    let uid = realUserID()
    guard uid == 0 else { return Source(.uid, UInt64(uid)) }
    guard remoteHost.isEmpty else { return networkAddress(remoteHost).flatMap { Source(address: $0) } }
    return terminal.isEmpty || terminal.equals("ssh") ? nil : Source(.console, 0)
}

/// The FIDO2 key that sshd says somebody signed with, where the configuration lets keys count for this service.
///
/// The PAM environment is the application's: a service that is not sshd may let its user fill it. That is why the
/// configuration names the services, and why the caller must be root and not have been started by a user.
func securityKey(_ pam: PAMHandle, _ configuration: Configuration) -> [UInt8]? {
    guard configuration.securityKeyServices.contains(pam.item(.service)), realUserID() == 0, effectiveUserID() == 0,
        let information = pam.environment("SSH_AUTH_INFO_0")
    else { return nil }
    return SecurityKey.signed(authInfo: information)
}
