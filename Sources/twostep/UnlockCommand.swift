internal import ArgumentParser
internal import TwostepCore

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Let a user's codes count again after too many wrong ones.",
        discussion: "EXAMPLE\n  twostep unlock alice")

    @Argument(help: "The user.") var user: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    private struct Unlocked: Encodable {
        let user: String
        let unlocked: Bool
        var lockedUntil: String?
        let tokensAhead: [TokenAhead]?
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        let rules = configuration.rules
        let (was, ahead) = try changeRecord(account, configuration) { (record, now, _) throws(Failure) in
            let was = UserStatus(account, record, rules: rules, now: now)
            record.throttle.unlock(at: now)
            return (was, TokenAhead.all(record, now: now))
        }
        ToolEvent("unlocked", account).log()
        let until = was.lockedUntil
        if json {
            return try sayJSON(
                Unlocked(user: user, unlocked: true, lockedUntil: until, tokensAhead: ahead.isEmpty ? nil : ahead),
                isDone: true)
        }
        try tell(of: was)
        for token in ahead { try token.tell(user) }
    }

    private func tell(of was: UserStatus) throws {
        let name = printable(user)
        let until = was.lockedUntil
        guard until != nil || was.failures ?? 0 > 0 else { return try say("\(name) was not locked.", isDone: true) }
        try say(
            until.map { "\(name) is unlocked. The lock would have lasted until \($0)." }
                ?? "\(name) was not locked. The wrong codes so far are forgotten.", isDone: true)
        try say(
            "Wrong codes come from somebody who has the password: if that was not \(name), have it changed.",
            isDone: true)
    }
}
