internal import Linux
internal import TwostepCore

/// The FIDO2 key that sshd says somebody signed with, where the configuration lets keys count for this service.
///
/// The PAM environment is the application's: a service that is not sshd may let its user fill it. That is why the
/// configuration names the services, and why the caller must be root and not have been started by a user.
func securityKey(_ pam: PAMHandle, _ configuration: Configuration) -> [UInt8]? {
    guard configuration.securityKeyServices.contains(pam.item(.service)), startingUserID() == 0, effectiveUserID() == 0,
        let information = pam.environment("SSH_AUTH_INFO_0")
    else { return nil }
    return SecurityKey.signed(authInfo: information)
}
