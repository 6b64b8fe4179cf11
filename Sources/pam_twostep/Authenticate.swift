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
        var line = EventLine("error", severity: .error)
        line.add("reason", error.text)
        line.add("argument", error.argument)
        pam.log(line)
        return PAM_SERVICE_ERR
    }
    // libpam asks for the name through the conversation where the application has not said it.
    guard let name = pam.userName() else { return noUserName(pam) }
    var conversation = PAMConversation(handle: pam, user: name)
    var trouble: StoreError?
    switch askService(pam, &conversation, arguments: arguments, silent: silent) {
    case .notAsked: break
    case .judged(let code): return code
    case .trouble(let error): trouble = error
    }
    let request = makeRequest(name, options, silent: silent, trouble, pam)
    var store = Store(request.configuration)
    let origin = LoginOrigin(remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal))
    let outcome = login(request, conversation: &conversation, store: &store, now: wallClock) { report in
        for line in report.eventLines(request, from: origin) { pam.log(line) }
        if options.debug { debugLine(pam, request) }
    }
    return code(for: outcome, request)
}

private func noUserName(_ pam: PAMHandle) -> Int32 {
    var line = EventLine("error", severity: .notice)
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
        source: loginSource(uid: realUserID(), remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal)),
        securityKey: securityKey(pam, configuration), trouble: trouble, silent: silent)
}

/// The contract's table (docs/pam.md).
private func code(for outcome: Outcome, _ request: LoginRequest) -> Int32 {
    switch outcome {
    case .accepted: PAM_SUCCESS
    case .passed: PAM_IGNORE
    case .refused(.locked): request.configuration.explain ? PAM_MAXTRIES : PAM_AUTH_ERR
    case .refused: PAM_AUTH_ERR
    case .unavailable: PAM_AUTHINFO_UNAVAIL
    case .noAnswer: PAM_CONV_ERR
    }
}

private func debugLine(_ pam: PAMHandle, _ request: LoginRequest) {
    var line = EventLine("debug", severity: .info)
    line.add("version", version)
    line.add("config", request.options.config)
    line.add("store", request.configuration.store)
    line.add("nullok", request.options.nullok ? "yes" : "no")
    line.add("required", request.configuration.requiredForAll || request.options.required ? "all" : "none")
    pam.log(line)
}
