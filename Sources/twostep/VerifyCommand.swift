internal import ArgumentParser
internal import TwostepCore

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
        var conversation = StandardConversation()
        switch judgeAsLogin(account, configuration, &conversation) {
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
