internal import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

/// `--override --reason TEXT`: doing without a code what otherwise takes one.
struct OverrideOptions: ParsableArguments {
    @Flag(name: .customLong("override"), help: "Ask for no code (with --reason).") var isGiven = false
    @Option(help: ArgumentHelp("Why, for the log (with --override).", valueName: "text")) var reason: String?

    func validate() throws {
        if isGiven, reason == nil { throw ValidationError("--override goes with --reason") }
        guard let reason else { return }
        if !isGiven { throw ValidationError("--reason goes with --override") }
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
}

/// Judges an answer as a login would, with everything that follows from it, and logs it.
func judgeAsLogin<C: Conversation & ~Copyable>(
    _ account: Account, _ configuration: Configuration, _ conversation: inout C
) -> Outcome {
    let request = LoginRequest(
        subject: LoginSubject(account: account, name: account.name), options: ModuleOptions(),
        configuration: configuration)
    var store = Store(configuration)
    return login(request, conversation: &conversation, store: &store, now: wallClock) { report in
        for line in report.eventLines(request, from: LoginOrigin(remoteHost: [], terminal: [])) {
            systemLog(line.text, isError: line.severity == .error)
        }
    }
}

/// Has a current code of the user typed, three times at most, and uses it up.
func askForCode(of account: Account, _ configuration: Configuration) throws {
    var patient = configuration
    patient.tries = 3
    // Who works the tool may know why.
    patient.explain = true
    var conversation = ExplainingConversation()
    let name = printable(text(account.name))
    switch judgeAsLogin(account, patient, &conversation) {
    case .accepted: conversation.flush()
    case .refused(let refusal):
        conversation.flush()
        throw Failure(
            "refused: \(refusal.reason); nothing else was changed",
            hint: "where \(name) has no code: --override --reason TEXT, which is logged", .refused)
    case .passed: throw Failure.notEnrolled(name)
    case .unavailable(let error): throw Failure(error, site: configuration)
    case .noAnswer:
        throw Failure("no code was given; nothing was changed", hint: "type one, or pipe one in", .dataError)
    }
}

/// The terminal or standard input as the login dialogue's other side.
struct StandardConversation: Conversation {
    func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        guard let answer = askLine(StandardStream.input.isTerminal ? text(prompt) : "") else { throw .failed }
        return answer
    }

    func tell(_ line: [UInt8], isError: Bool) { sayOnError(text(line)) }

    func firstPass() -> SecretBytes? { nil }

    func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }
}

/// The same, where what is told is shown only once it is clear that it was about the answer.
private struct ExplainingConversation: Conversation {
    private let person = StandardConversation()
    private var told: [[UInt8]] = []

    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        flush()
        return try person.ask(prompt, echo: echo)
    }

    mutating func tell(_ line: [UInt8], isError: Bool) { told.append(line) }

    func firstPass() -> SecretBytes? { nil }

    func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }

    /// Shows what has been told.
    mutating func flush() {
        for line in told { sayOnError(text(line)) }
        told = []
    }
}
