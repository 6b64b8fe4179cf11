package import ArgumentParser
internal import TwostepCore

package struct UnlockCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Let a user's codes count again after too many wrong ones.",
        discussion: "EXAMPLE\n  twostep unlock alice")

    @Argument(help: "The user.", completion: .user) var user: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    private struct Unlocked: Encodable {
        let user: String
        let unlocked: Bool
        var lockedUntil: String?
        let tokensAhead: [TokenAhead]?
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        let rules = desk.configuration.rules
        let (was, ahead) = try unlessEnrolled(account, say: "there is nothing to unlock") {
            try changeRecord(account, desk) { (record, now, _) throws(Failure) in
                let was = UserStatus(account, record, rules: rules, now: now)
                record.throttle.unlock(at: now)
                return (was, TokenAhead.all(record, now: now))
            }
        }
        ToolEvent(.unlocked, account, desk).log()
        let until = was.lockedUntil
        if json {
            return try desk.sayJSON(
                Unlocked(user: user, unlocked: true, lockedUntil: until, tokensAhead: ahead.isEmpty ? nil : ahead),
                isDone: true)
        }
        try tell(of: was, desk)
        for token in ahead { try token.tell(user, desk) }
    }

    private func tell(of was: UserStatus, _ desk: Desk) throws {
        let name = printable(user)
        let until = was.lockedUntil
        guard until != nil || was.failures ?? 0 > 0 else {
            return try desk.say("\(name) was not locked.", isDone: true)
        }
        try desk.say(
            until.map { "\(name) is unlocked. The lock would have lasted until \($0)." }
                ?? "\(name) was not locked. The wrong codes so far are forgotten.", isDone: true)
        try desk.say("Wrong codes come from somebody who has the password:", isDone: true)
        try desk.say("if that was not \(name), have it changed.", isDone: true)
    }
}
