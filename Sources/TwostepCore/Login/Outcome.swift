/// How a login attempt ended, for the shell to turn into a PAM code and a log line.
package enum Outcome: Equatable, Sendable {
    /// `PAM_SUCCESS`
    case accepted(Acceptance)
    /// `PAM_AUTH_ERR`, or `PAM_MAXTRIES` where the person may know that they are locked.
    case refused(Refusal)
    /// `PAM_IGNORE`: proven to have no record, and policy lets them pass.
    case passed
    /// `PAM_AUTHINFO_UNAVAIL`
    case unavailable(StoreError)
    /// `PAM_CONV_ERR`
    case noAnswer
}

/// What a login came to, and what the administrator should know beside it.
package struct LoginReport: Equatable, Sendable {
    package let outcome: Outcome
    /// Whether one of the record's slots was found damaged (and has been written over).
    package let slotDamaged: Bool
}

/// Who is logging in, and what applies to them. A class, since everybody who takes part in a login holds the same one:
/// it never changes, and as a struct each of them would carry the code that copies its ten parts (3.5 KB).
package final class LoginRequest: Sendable {
    package let subject: LoginSubject
    package let options: ModuleOptions
    package let configuration: Configuration
    /// Where they come from; nil for the world at large.
    package let source: Source?
    /// The FIDO2 key that sshd says they signed with, where the configuration lets that count.
    package let securityKey: [UInt8]?
    /// What has already gone wrong (configuration, name service). The person is asked all the same, so that what they
    /// see tells nothing, and then refused.
    package let trouble: StoreError?
    /// `PAM_SILENT`: nothing is shown beside the prompt.
    package let silent: Bool

    package init(
        subject: LoginSubject, options: ModuleOptions, configuration: Configuration, source: Source? = nil,
        securityKey: [UInt8]? = nil, trouble: StoreError? = nil, silent: Bool = false
    ) {
        self.subject = subject
        self.options = options
        self.configuration = configuration
        self.source = source
        self.securityKey = securityKey
        self.trouble = trouble
        self.silent = silent
    }

    /// Nil where the name service knows no such user.
    package var account: Account? { subject.account }

    /// Whether somebody proven to have no record passes.
    var unenrolledPass: Bool { options.nullok && !options.required && !configuration.requiredForAll }
}
