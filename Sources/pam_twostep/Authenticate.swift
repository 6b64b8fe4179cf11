internal import CPAM
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// One authentication: arguments to options, the login, the verdict to a PAM code, and one line in the log.
func authenticate(_ pam: PAMHandle, arguments: [[UInt8]], silent: Bool) -> Int32 {
    let options: ModuleOptions
    do throws(ModuleOptions.Problem) {
        options = try ModuleOptions.parse(arguments)
    } catch {
        pam.log(error.eventLine)
        return PAM_SERVICE_ERR
    }
    // libpam asks for the name through the conversation where the application has not said it.
    guard let name = pam.userName() else { return noUserName(pam) }
    var conversation = PAMConversation(handle: pam, user: name)
    let request = makeRequest(name, options, silent: silent, pam)
    // Before the service, the key and the store, so that a program that may read none of them can be exempt.
    if let report = request.exemption {
        log(report, of: request, pam)
        return code(for: .passed)
    }
    var hasBrokenOff = false
    switch askService(pam, &conversation, request, arguments: arguments, silent: silent) {
    // Only who judges here hands an enrolment over.
    case .notAsked:
        request.offersEnrolment = startingUserID() == 0
        request.serviceAnswers = request.offersEnrolment ? .handedOver : .elsewhere
    case .judged(let verdict): return code(for: verdict)
    case .unavailable(let error): request.fail(error)
    case .failed(let error):
        request.fail(error)
        hasBrokenOff = true
    }
    while !hasBrokenOff {
        var store = Store(request.configuration)
        let outcome = login(
            request, conversation: &conversation, store: &store, now: wallClock, uptime: secondsSinceBoot
        ) {
            log($0, of: request, pam)
        }
        let handsOver: HandOver
        switch outcome {
        case .mayEnrol: handsOver = .enrolment
        case .handedOver: handsOver = .answer
        default: return code(for: FinalVerdict(outcome, explained: request.configuration.explain))
        }
        // Whoever has answered is refused. Anybody else is asked as usual, and refused.
        hasBrokenOff = handsOver == .answer
        switch askService(pam, &conversation, request, arguments: arguments, silent: silent, handsOver) {
        case .judged(let verdict): return code(for: verdict)
        case .notAsked: request.fail(StoreError(.serviceMissing))
        case .unavailable(let error): request.fail(error)
        case .failed(let error):
            request.fail(error)
            hasBrokenOff = true
        }
        let what: StaticString =
            handsOver == .answer
            ? "twostep: that cannot be done just now" : "twostep: your second step cannot be set up just now"
        conversation.tell([UInt8](text: what), isError: true)
        conversation.tell([UInt8](text: "twostep: tell your administrator"), isError: true)
    }
    let outcome = Outcome.unavailable(request.trouble ?? StoreError(.serviceFailed))
    log(LoginReport(outcome: outcome), of: request, pam)
    tell(outcome, request, &conversation, 0)
    return code(for: FinalVerdict(outcome, explained: false))
}

private func log(_ report: LoginReport, of request: LoginRequest, _ pam: PAMHandle) {
    let origin = LoginOrigin(remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal))
    for line in report.eventLines(request, from: origin) { pam.log(line) }
    if request.options.debug { pam.log(debugLine(request)) }
}

private func noUserName(_ pam: PAMHandle) -> Int32 {
    var line = EventLine(.error, severity: .notice)
    line.add("reason", "conversation-failed")
    line.add("user", "?")
    pam.log(line)
    return PAM_CONV_ERR
}

/// Gathers what the login is decided on: the account as the name service knows it, and the configuration.
private func makeRequest(
    _ name: [UInt8], _ options: ModuleOptions, silent: Bool, _ pam: PAMHandle
) -> LoginRequest {
    var trouble: StoreError?
    var configuration = Configuration()
    do throws(StoreError) {
        let isDefault = options.config.equals(Configuration.defaultPath)
        configuration = try readConfiguration(at: options.config, isDefault: isDefault)
    } catch {
        trouble = error
    }
    var account: Account?
    do throws(SystemError) {
        if let entry = try PasswordEntry.named(name) { account = Account(uid: entry.uid, name: entry.name) }
    } catch {
        if trouble == nil { trouble = StoreError(.accountsUnavailable, cause: error.name) }
    }
    let uid = startingUserID()
    let remoteHost = pam.item(.remoteHost)
    return LoginRequest(
        subject: LoginSubject(account: account, name: name), service: pam.item(.service), options: options,
        configuration: configuration,
        source: loginSource(uid: uid, remoteHost: remoteHost, terminal: pam.item(.terminal)),
        address: effectiveUserID() == 0 ? remoteAddress(uid: uid, remoteHost) : nil,
        session: loginSession(uid: uid, configuration), securityKey: securityKey(pam, configuration), trouble: trouble,
        silent: silent, membership: membership)
}

/// The contract's table (docs/pam.md).
private func code(for verdict: FinalVerdict) -> Int32 {
    switch verdict {
    case .accepted: PAM_SUCCESS
    case .passed: PAM_IGNORE
    case .refused: PAM_AUTH_ERR
    case .locked: PAM_MAXTRIES
    case .unavailable, .otherVersion: PAM_AUTHINFO_UNAVAIL
    case .noAnswer: PAM_CONV_ERR
    case .badArguments: PAM_SERVICE_ERR
    }
}
