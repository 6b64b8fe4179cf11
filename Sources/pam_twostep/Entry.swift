internal import CPAM
internal import Linux
internal import TwostepCore

// The six entry points of a PAM module; see pam_sm_authenticate(3) and its siblings. docs/ and the manual have the
// table of what each returns and when.

/// Asks for the second step and judges it.
@c(pam_sm_authenticate)
public func pamAuthenticate(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
    // SAFETY: a pointer that is only compared with nil.
    guard let handle = unsafe handle else { return PAM_SERVICE_ERR }
    // SAFETY: libpam passes its own handle, and argc arguments, each a C string, that outlive the call.
    let pam = unsafe PAMHandle(handle)
    let arguments = unsafe collect(argc, argv)
    return authenticate(pam, arguments: arguments, silent: flags & twostep_pam_silent() != 0)
}

/// Credentials are none of ours. Returns `PAM_SUCCESS` and reads nothing: a stack whose modules all say `PAM_IGNORE`
/// here would fail.
@c(pam_sm_setcred)
public func pamSetCredentials(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 { PAM_SUCCESS }

/// Opening a session asks for nothing.
@c(pam_sm_open_session)
public func pamOpenSession(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 { PAM_SUCCESS }

/// Closing a session asks for nothing.
@c(pam_sm_close_session)
public func pamCloseSession(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 { PAM_SUCCESS }

/// Whoever lists the module under `account` believes that it checks something there: it refuses, and says so.
@c(pam_sm_acct_mgmt)
public func pamAccountManagement(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
    // SAFETY: libpam passes its own handle.
    unsafe refuseStack(handle, "account")
}

/// Whoever lists the module under `password` believes that it changes something there: it refuses, and says so.
@c(pam_sm_chauthtok)
public func pamChangeToken(
    _ handle: OpaquePointer?, _ flags: Int32, _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
    // SAFETY: libpam passes its own handle.
    unsafe refuseStack(handle, "password")
}

/// - Safety: `handle` must be nil or the handle of the running call.
@unsafe private func refuseStack(_ handle: OpaquePointer?, _ stack: StaticString) -> Int32 {
    guard let handle = unsafe handle else { return PAM_SERVICE_ERR }
    var line = EventLine(.error, severity: .error)
    line.add("reason", "wrong-stack")
    line.add("stack", stack)
    // SAFETY: as the caller promises.
    unsafe PAMHandle(handle).log(line)
    return PAM_SERVICE_ERR
}

/// The module's arguments, as bytes.
///
/// - Safety: `argv` must hold `argc` C strings.
@unsafe private func collect(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> [[UInt8]] {
    // SAFETY: a pointer that is only compared with nil.
    guard let argv = unsafe argv, argc > 0 else { return [] }
    var arguments: [[UInt8]] = []
    for index in 0..<Int(argc) {
        // SAFETY: index is below argc, and each argument is a C string; libpam bounds a line's length.
        if let argument = unsafe argv[index] { unsafe arguments.append(bytes(ofCString: argument, atMost: 4096)) }
    }
    return arguments
}
