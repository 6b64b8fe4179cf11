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

/// Who is logging in, and what applies to them.
package struct LoginRequest: Sendable {
    /// Nil where the name service knows no such user.
    package let account: Account?
    package let options: ModuleOptions
    package let configuration: Configuration
    /// What has already gone wrong (configuration, name service). The person is asked all the same, so that what they
    /// see tells nothing, and then refused.
    package let trouble: StoreError?
    /// `PAM_SILENT`: nothing is shown beside the prompt.
    package let silent: Bool

    package init(
        account: Account?, options: ModuleOptions, configuration: Configuration, trouble: StoreError? = nil,
        silent: Bool = false
    ) {
        self.account = account
        self.options = options
        self.configuration = configuration
        self.trouble = trouble
        self.silent = silent
    }

    /// Whether somebody proven to have no record passes.
    var unenrolledPass: Bool { options.nullok && !options.required && !configuration.requiredForAll }
}
