/// How a login attempt ended, for the shell to turn into a PAM code and a log line.
package enum Outcome: Equatable, Sendable {
    /// `PAM_SUCCESS`
    case accepted(Acceptance)
    /// `PAM_AUTH_ERR`, or `PAM_MAXTRIES` where the person may know that they are locked.
    case refused(Refusal)
    /// `PAM_IGNORE`: nobody was asked.
    case passed(Pass)
    /// `PAM_AUTHINFO_UNAVAIL`
    case unavailable(StoreError)
    /// `PAM_CONV_ERR`
    case noAnswer
    /// Nobody was asked and nothing logged yet: they must have a second step, have none, and may enrol here and now.
    case mayEnrol
    /// Nothing is judged or logged yet: the answer is one that the service alone understands (`ServiceAnswer`), and the
    /// conversation holds it.
    case handedOver
}

/// Why somebody passed who was not asked.
package enum Pass: Equatable, Sendable {
    /// Proven to have no record, and needs none.
    case notEnrolled
    /// Proven to have no record, and needs none until `enroll_by`.
    case notYetDue
    /// Exempt by this rule, with or without a record.
    case exempt(Rule)
}

/// What a login came to, and what the administrator should know beside it.
package struct LoginReport: Equatable, Sendable {
    package let outcome: Outcome
    /// Whether one of the record's slots was found damaged (and has been written over).
    package let slotDamaged: Bool

    package init(outcome: Outcome, slotDamaged: Bool = false) {
        self.outcome = outcome
        self.slotDamaged = slotDamaged
    }
}

/// Who is logging in, and what applies to them. A class, since everybody who takes part in a login holds the same one:
/// but for trouble it never changes, and as a struct each of them would carry the code that copies its ten parts (3.5 KB).
package final class LoginRequest {
    package let subject: LoginSubject
    /// The PAM service.
    package let service: [UInt8]
    package private(set) var options: ModuleOptions
    package let configuration: Configuration
    /// Where they come from; nil for the world at large.
    package let source: Source?
    /// Where they come from, as far as policy believes it: `PolicySubject.address`.
    package let address: UInt128?
    /// What tells the session from every other, of this boot and of those before, as a program of root's says; empty where
    /// nothing does.
    package let session: [UInt8]
    /// The FIDO2 key that sshd says they signed with, where the configuration lets that count.
    package let securityKey: [UInt8]?
    /// What has already gone wrong (configuration, name service). The person is asked all the same, so that what they
    /// see tells nothing, and then refused.
    package private(set) var trouble: StoreError?
    /// `PAM_SILENT`: nothing is shown beside the prompt.
    package let silent: Bool
    /// Whether whoever must have a second step and has none is to be told apart, so that they can enrol: where root has
    /// started what judges. Said once, before the login.
    package var offersEnrolment = false
    /// What happens with an answer that the service alone understands. Likewise.
    package var serviceAnswers = ServiceAnswers.judged
    private let membership: MembershipLookup

    /// - Parameter membership: asks the name service whether somebody belongs to a group.
    package init(
        subject: LoginSubject, service: [UInt8], options: ModuleOptions, configuration: Configuration,
        source: Source? = nil, address: UInt128? = nil, session: [UInt8] = [], securityKey: [UInt8]? = nil,
        trouble: StoreError? = nil, silent: Bool = false, membership: @escaping MembershipLookup
    ) {
        self.subject = subject
        self.service = service
        self.membership = membership
        self.address = address
        self.options = options
        self.configuration = configuration
        self.source = source
        self.session = session
        self.securityKey = securityKey
        self.trouble = trouble
        self.silent = silent
    }

    /// What a module before ours was told has been judged, and the person has been asked since: with `try_first_pass` it is
    /// not judged again, and charged twice.
    package func passOverFirstPass() {
        if options.firstPass == .first { options.firstPass = .ignore }
    }

    /// What goes wrong before the person is asked.
    package func fail(_ error: StoreError) { trouble = error }

    /// Nil where the name service knows no such user.
    package var account: Account? { subject.account }

    private var policySubject: PolicySubject {
        PolicySubject(account: account, service: service, address: address)
    }

    /// What is decided before anything else, and before key, store or service are touched: whoever is exempt is not asked.
    /// Where something has gone wrong already, or the module is told `required`, nobody is.
    package var exemption: LoginReport? {
        guard trouble == nil, !options.required, !configuration.exempt.isEmpty,
            let rule = configuration.exemption(of: policySubject, membership)
        else { return nil }
        return LoginReport(outcome: .passed(.exempt(rule)))
    }

    /// Whether this login may become an enrolment. That takes a conversation of its own.
    package var mayEnrol: Bool {
        offersEnrolment && trouble == nil && configuration.enrollAtLogin != .no && !silent && options.firstPass != .only
            && !options.forwardPass
    }

    /// Whether an answer that the service alone understands goes to it. Neither who they are nor what their record says
    /// has a part in it (law 8).
    package var handsOver: Bool {
        serviceAnswers == .handedOver && trouble == nil && !silent && options.firstPass != .only && !options.forwardPass
    }

    /// Whether somebody proven to have no record might pass, so that it must be known who has one.
    func mightPassUnenrolled(_ now: Int64?) -> Bool {
        options.nullok && !options.required
            && (configuration.isBeforeDeadline(now) || !configuration.isRequiredOfAll)
    }

    /// The rule by which somebody must have a second step; nil where they need none.
    ///
    /// - Throws: as `Configuration.requirement`.
    package func requirement() throws(StoreError) -> Rule? {
        try configuration.requirement(of: policySubject, membership)
    }

    /// Why somebody proven to have no record passes; nil where they do not.
    ///
    /// - Throws: where policy depends on a group about which nothing is known.
    func passOfUnenrolled(_ now: Int64?) throws(StoreError) -> Pass? {
        guard mightPassUnenrolled(now) else { return nil }
        if try requirement() == nil { return .notEnrolled }
        return configuration.isBeforeDeadline(now) ? .notYetDue : nil
    }
}
