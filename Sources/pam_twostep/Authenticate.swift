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
    var trouble: StoreError?
    var hasBrokenOff = false
    switch askService(pam, &conversation, arguments: arguments, silent: silent) {
    case .notAsked: break
    case .judged(let verdict): return code(for: verdict)
    case .unavailable(let error): trouble = error
    case .failed(let error):
        trouble = error
        hasBrokenOff = true
    }
    let request = makeRequest(name, options, silent: silent, trouble, pam)
    let origin = LoginOrigin(remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal))
    let outcome: Outcome
    if hasBrokenOff, let trouble {
        outcome = .unavailable(trouble)
        pam.log(outcome.eventLine(request, from: origin))
        tell(outcome, request, &conversation, 0)
    } else {
        var store = Store(request.configuration)
        outcome = login(request, conversation: &conversation, store: &store, now: wallClock) { report in
            for line in report.eventLines(request, from: origin) { pam.log(line) }
            if options.debug { pam.log(debugLine(request)) }
        }
    }
    return code(for: FinalVerdict(outcome, explained: request.configuration.explain))
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
    _ name: [UInt8], _ options: ModuleOptions, silent: Bool, _ earlier: StoreError?, _ pam: PAMHandle
) -> LoginRequest {
    var trouble = earlier
    var configuration = Configuration()
    do throws(StoreError) {
        let isDefault = options.config.equals(Configuration.defaultPath)
        configuration = try readConfiguration(at: options.config, isDefault: isDefault)
    } catch {
        if trouble == nil { trouble = error }
    }
    var account: Account?
    do throws(SystemError) {
        if let entry = try PasswordEntry.named(name) { account = Account(uid: entry.uid, name: entry.name) }
    } catch {
        if trouble == nil { trouble = StoreError(.accountsUnavailable, cause: error.name) }
    }
    return LoginRequest(
        subject: LoginSubject(account: account, name: name), options: options, configuration: configuration,
        source: loginSource(uid: startingUserID(), remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal)),
        securityKey: securityKey(pam, configuration), trouble: trouble, silent: silent)
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
