internal import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check one code as a login would, and use it up.",
        discussion: """
            Reads one code from the terminal or standard input. Exit status 0: accepted; 1: refused.

            EXAMPLE
              twostep verify alice
            """)

    @Argument(help: "The user.") var user: String
    @OptionGroup var site: SiteOptions

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        let request = LoginRequest(account: account, options: ModuleOptions(), configuration: configuration)
        var conversation = StandardConversation()
        var store = Store(configuration)
        let report = login(request, conversation: &conversation, store: &store, now: wallClockSeconds)
        let outcome = report.outcome
        if report.slotDamaged { systemLog(slotDamagedLine(request).text, isError: true) }
        let line = outcome.eventLine(request, from: LoginOrigin(remoteHost: [], terminal: []))
        systemLog(line.text, isError: line.severity == .error)
        switch outcome {
        case .accepted: try say("accepted")
        case .refused(let refusal): throw Failure("refused: \(refusal.reason)", .refused)
        case .passed: throw Failure("refused: not-enrolled", .refused)
        case .unavailable(let error): throw Failure(error, site: configuration)
        case .noAnswer: throw Failure("no code was given", hint: "type one, or pipe one in", .dataError)
        }
    }
}

/// The terminal or standard input as the login dialogue's other side.
struct StandardConversation: Conversation {
    func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        guard let answer = askLine(StandardStream.input.isTerminal ? text(prompt) : "") else { throw .failed }
        return answer
    }

    func tell(_ line: [UInt8], isError: Bool) { sayOnError(text(line)) }
}
