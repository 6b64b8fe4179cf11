internal import ArgumentParser
internal import TwostepCore

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Let a user's codes count again after too many wrong ones.",
        discussion: "EXAMPLE\n  twostep unlock alice")

    @Argument(help: "The user.") var user: String
    @Flag(help: "This machine's clock was ahead and is right now: let codes count from now on.")
    var clockWasAhead = false
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
            let ahead = TokenAhead.all(record, now: now)
            if clockWasAhead { record.lowerFloors(now: now) }
            return (was, ahead)
        }
        ToolEvent("unlocked", account).log()
        if clockWasAhead { for token in ahead { token.logLowered(account) } }
        let until = was.lockedUntil
        if json {
            let left = ahead.map { $0.lowered(clockWasAhead) }
            return try sayJSON(
                Unlocked(user: user, unlocked: true, lockedUntil: until, tokensAhead: left.isEmpty ? nil : left),
                isDone: true)
        }
        try tell(of: was)
        for token in ahead { try token.tell(user, isLowered: clockWasAhead) }
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
