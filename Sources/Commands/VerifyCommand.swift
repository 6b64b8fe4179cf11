package import ArgumentParser
internal import TwostepCore

package struct VerifyCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check one code as a login would, and use it up.",
        discussion: """
            Reads one code from the terminal or standard input. Exit status 0: accepted; 1: refused.

            EXAMPLE
              twostep verify alice
            """)

    @Argument(help: "The user.", completion: .user) var user: String
    @OptionGroup package var site: SiteOptions

    package init() {}

    @Flag(help: "Print JSON.") var json = false

    private struct Verified: Encodable {
        let user: String
        let verified: Bool
        var method: String?
        var reason: String?
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        var conversation = ConsoleConversation(desk.console)
        let outcome = judgeAsLogin(account, desk, desk.configuration, &conversation)
        conversation.flush()
        switch outcome {
        case .accepted(let acceptance):
            if json {
                return try desk.sayJSON(Verified(user: user, verified: true, method: "\(acceptance.methodName)"))
            }
            try desk.say("accepted")
        case .refused(let refusal): try refuse("\(refusal.reason)", hint: hint(on: refusal, desk), desk)
        case .passed, .mayEnrol, .handedOver: try refuse("not-enrolled", hint: hint(on: .notEnrolled, desk), desk)
        case .unavailable(let error): throw Failure(error, site: desk.configuration)
        case .noAnswer: throw Failure("no code was given", hint: "type one, or pipe one in", .dataError)
        }
    }

    private func refuse(_ reason: String, hint: String, _ desk: Desk) throws {
        if json { try desk.sayJSON(Verified(user: user, verified: false, reason: reason)) }
        throw Failure("refused: \(reason)", hint: hint, .refused)
    }

    private func hint(on refusal: Refusal, _ desk: Desk) throws -> String {
        let name = printable(user)
        switch refusal {
        case .alreadyUsed: return "wait for the next code"
        case .wrongCode: return "look at both clocks, and whether the app has the entry of this machine"
        case .malformed: return "type the code that the app shows, or a backup code"
        case .tooSoon(let until): return "wait \(duration(max(until - (try desk.readClock()), 1)))"
        case .notEnrolled: return "run: twostep enroll \(name)"
        default: return "look with: twostep status \(name)"
        }
    }
}
