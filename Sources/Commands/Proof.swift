internal import ArgumentParser
internal import Crypto
internal import Linux
package import TwostepCore
internal import Vault
internal import Wire

/// `--override --reason TEXT`: root's way to do without a code what otherwise takes one.
struct OverrideOptions: ParsableArguments {
    @Flag(name: .customLong("override"), help: "Ask for no code (with --reason).") var isGiven = false
    @Option(help: ArgumentHelp("Why, for the log (with --override).", valueName: "text")) var reason: String?

    func validate() throws { try checkOverride(isGiven, reason) }

    /// - Throws: where it says nothing, or more than the log shows.
    static func check(reason: String) throws {
        if reason.utf8.count > 256 || Array(reason.utf8).trimmed.isEmpty {
            throw ValidationError("--reason takes 1 to 256 bytes, not blank")
        }
    }

    /// Adds to a line of the log what was overridden and why.
    func tell(_ event: inout ToolEvent) {
        guard let reason else { return }
        event.add("override", "yes")
        event.add("reason", Array(reason.utf8))
    }

    /// Turns an owner away from it.
    func checkIsNotGiven() throws(Failure) {
        if isGiven {
            throw Failure("only root can use --override", hint: "ask your administrator", .noPermission)
        }
    }
}

/// Whether `--override` and `--reason` go together, and the reason is one for the log.
package func checkOverride(_ isGiven: Bool, _ reason: String?) throws {
    if isGiven, reason == nil { throw ValidationError("--override goes with --reason") }
    guard let reason else { return }
    if !isGiven { throw ValidationError("--reason goes with --override") }
    try OverrideOptions.check(reason: reason)
}

/// Judges an answer as a login would, with everything that follows from it, and logs it.
package func judgeAsLogin<C: Conversation & ~Copyable>(
    _ account: Account, _ desk: Desk, _ configuration: Configuration, _ conversation: inout C
) -> Outcome {
    // Policy lets nobody off here: what is wanted is a code.
    var options = ModuleOptions()
    options.required = true
    let request = LoginRequest(
        subject: LoginSubject(account: account, name: account.name), service: [], options: options,
        configuration: configuration, source: desk.owner?.source, membership: membership)
    var store = Store(configuration)
    return login(request, conversation: &conversation, store: &store, now: wallClock) { report in
        for var line in report.eventLines(request, from: LoginOrigin(remoteHost: [], terminal: [])) {
            if desk.owner != nil { line.add("by", [UInt8](decimal: Int64(desk.by))) }
            line.log()
        }
    }
}

/// Has a current code of the user typed, three times at most, and uses it up.
func askForCode(of account: Account, _ desk: Desk) throws {
    var patient = desk.configuration
    patient.tries = 3
    // Root may know why. An owner learns as much as at a login.
    if desk.owner == nil { patient.explain = true }
    var conversation = ConsoleConversation(desk.console)
    let name = printable(text(account.name))
    switch judgeAsLogin(account, desk, patient, &conversation) {
    case .accepted: conversation.flush()
    case .refused(let refusal):
        conversation.flush()
        throw Failure(
            "refused\(patient.explain ? ": \(refusal.reason)" : ""); nothing else was changed",
            hint: desk.owner == nil
                ? "where \(name) has no code: --override --reason TEXT, which is logged"
                : "start again with the code that comes next, or a backup code; or ask your administrator", .refused)
    case .passed, .mayEnrol, .handedOver: throw Failure.notEnrolled(name)
    case .unavailable(let error): throw Failure(error, site: desk.configuration)
    case .noAnswer:
        throw Failure("no code was given; nothing was changed", hint: "type one, or pipe one in", .dataError)
    }
}

extension Desk {
    /// An owner types password and code before something changes by which they are let in.
    func confirmOwner(_ account: Account, json: Bool) throws {
        guard owner != nil else { return }
        try confirmPassword()
        try sayUnless(json, "Type a current code, or a backup code. It is used up.")
        try askForCode(of: account, self)
        try sayUnless(json, "")
    }
}
