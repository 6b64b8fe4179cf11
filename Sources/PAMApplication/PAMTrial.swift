internal import CPAMApplication
package import Crypto
internal import Linux

extension PAMApplication {
    /// Runs a service's `auth` stack once, as an application would, without waiting where it fails.
    ///
    /// - Parameters:
    ///   - folder: where the service file is; nil for the machine's own.
    ///   - person: answers what is asked.
    /// - Returns: the number of libpam's result.
    package static func attempt(
        _ service: String, _ user: String, folder: String?, _ person: @escaping (PAMQuestion) -> SecretBytes?
    ) -> Int32 {
        let asked = AskedPerson(person)
        return withExtendedLifetime(asked) {
            // SAFETY: libpam hands the pointer to `converse` alone, until pam_end, which is called in here.
            var conversation = unsafe pam_conv(
                conv: converse, appdata_ptr: Unmanaged.passUnretained(asked).toOpaque())
            var handle: OpaquePointer?
            var started = PAM_ABORT
            // SAFETY: the strings and the conversation live for the call, and libpam copies them.
            if let folder {
                unsafe started = pam_start_confdir(service, user, &conversation, folder, &handle)
            } else {
                unsafe started = pam_start(service, user, &conversation, &handle)
            }
            guard started == PAM_SUCCESS, let handle = unsafe handle else { return started }
            // SAFETY: the function takes what libpam gives to it, and is there as long as this program.
            unsafe pam_set_item(handle, PAM_FAIL_DELAY, unsafeBitCast(withoutDelay, to: UnsafeRawPointer.self))
            // What is logged of it is nobody's login.
            // SAFETY: libpam copies the text, which is a C string that lives for the call.
            unsafe "twostep-pam-trial".withCString { host in _ = unsafe pam_set_item(handle, PAM_RHOST, host) }
            // SAFETY: the handle is the one that pam_start gave, and not used after pam_end.
            let status = unsafe pam_authenticate(handle, 0)
            unsafe pam_end(handle, status)
            return status
        }
    }
}

/// Nobody guesses here.
private let withoutDelay: @convention(c) (Int32, UInt32, UnsafeMutableRawPointer?) -> Void = { _, _, _ in }
