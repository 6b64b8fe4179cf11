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

    @Flag(help: "Print JSON.") var json = false

    private struct Verified: Encodable {
        let user: String
        let verified: Bool
        var method: String?
        var reason: String?
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        let request = LoginRequest(
            subject: LoginSubject(account: account, name: account.name), options: ModuleOptions(),
            configuration: configuration)
        var conversation = StandardConversation()
        var store = Store(configuration)
        let outcome = login(request, conversation: &conversation, store: &store, now: wallClock) { report in
            for line in report.eventLines(request, from: LoginOrigin(remoteHost: [], terminal: [])) {
                systemLog(line.text, isError: line.severity == .error)
            }
        }
        switch outcome {
        case .accepted(let acceptance):
            if json { return try sayJSON(Verified(user: user, verified: true, method: "\(acceptance.methodName)")) }
            try say("accepted")
        case .refused(let refusal): try refuse("\(refusal.reason)")
        case .passed: try refuse("not-enrolled")
        case .unavailable(let error): throw Failure(error, site: configuration)
        case .noAnswer: throw Failure("no code was given", hint: "type one, or pipe one in", .dataError)
        }
    }

    private func refuse(_ reason: String) throws {
        if json { try sayJSON(Verified(user: user, verified: false, reason: reason)) }
        throw Failure("refused: \(reason)", hint: "look with: twostep status \(user)", .refused)
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
