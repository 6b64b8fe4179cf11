package import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore

package struct TokenResyncCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "resync", abstract: "Follow a token that lost step, by two codes of it in a row.",
        discussion: """
            Reads two codes that follow each other from the terminal or standard input, and uses them up.

            EXAMPLE
              twostep token resync alice phone
            """)

    @Argument(help: "The user; without root, oneself, who may be left out.", completion: .user) var user: String
    @Argument(help: ArgumentHelp("The token's label or id.", valueName: "token")) var named: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    private var token: String { named ?? "" }

    package func request() -> [String] {
        ["token", "resync"] + (json ? ["--json"] : []) + ["--", user] + [named].compactMap(\.self)
    }

    /// For how many steps codes can be spent ahead by a clock that is right.
    private static let longestWait = 2 * (Int64(Token.driftRange.upperBound) + VerificationRules.largestWindow)

    private struct Resynchronised: Encodable {
        let user: String
        let id: UInt32
        let label: String
        var drift: Int64?
        var skipped: Int64?
    }

    package func run(_ desk: Desk) throws {
        guard named != nil else {
            var whole = self
            (whole.user, whole.named) = (try desk.ownName(), user)
            return try whole.run(desk)
        }
        let account = try desk.account(of: user)
        let (wanted, stamp) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return (try find(record), RecordStamp(record))
        }
        try desk.confirmPassword()
        let codes = Typing(desk: desk, digits: wanted.digits)
        let first = try codes.ask("First code: ", not: SecretBytes(capacity: 0))
        let second = try codes.ask("The code after it: ", not: first)
        let result = try changeRecord(account, desk) { (record, now, crypto) throws(Failure) in
            try record.checkIsActive(account)
            try stamp.check(record, of: account)
            let device = try record.device("\(wanted.id)", of: user)
            guard case .token(let index) = device else { throw Failure.changedMeanwhile(account) }
            let result: OwnResynchronisation
            do throws(CryptoError) {
                result = try record.resynchronise(
                    index, first: first.bytes, second: second.bytes, for: desk.owner?.source, now: now, crypto: crypto)
            } catch {
                throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
            }
            switch result {
            case .judged(.done): return result
            // It counts as a guess, and must be written.
            case .judged(.noMatch) where desk.owner != nil: return result
            default: throw explanation(result, wanted, desk)
            }
        }
        guard case .judged(.done(let moved)) = result else {
            logRefusal(account, desk)
            throw explanation(result, wanted, desk)
        }
        let isTimed = wanted.kind == .totp
        var event = ToolEvent(.tokenResynced, account, desk)
        DeviceStatus(user, wanted).tell(&event)
        event.add(isTimed ? "drift" : "skipped", [UInt8](decimal: moved))
        event.log()
        if json {
            return try desk.sayJSON(
                Resynchronised(
                    user: user, id: wanted.id, label: text(wanted.label), drift: isTimed ? moved : nil,
                    skipped: isTimed ? nil : moved), isDone: true)
        }
        let name = "\(printable(user))'s token \(quoted(text(wanted.label)))"
        try desk.say(
            "\(name) is in step: \(isTimed ? "its clock is \(clock(moved, wanted))" : "\(moved) codes were skipped").",
            isDone: true)
        try desk.say("Its next code counts.", isDone: true)
    }

    private func find(_ record: borrowing Record) throws(Failure) -> Token {
        switch try record.device(token, of: user) {
        case .token(let index): return record.tokens[index]
        case .securityKey:
            throw Failure(
                "\(quoted(token)) is a security key, and shows no codes",
                hint: "see the tokens with: twostep status \(printable(user))", .dataError)
        }
    }

    /// How a clock goes, in words: `3 steps (1 min 30 s) ahead`.
    private func clock(_ steps: Int64, _ token: Token) -> String {
        guard steps != 0 else { return "right" }
        return "\(steps.magnitude) \(steps.magnitude == 1 ? "step" : "steps")"
            + " (\(duration(Int64(steps.magnitude) * Int64(token.period)))) \(steps > 0 ? "ahead" : "behind")"
    }

    /// An owner's wrong codes are somebody's guesses.
    private func logRefusal(_ account: Account, _ desk: Desk) {
        var line = EventLine(.refused, severity: .notice)
        line.add("reason", "wrong-code")
        line.add("user", account.name)
        line.add("by", [UInt8](decimal: Int64(desk.by)))
        line.log()
    }

    private func explanation(_ result: OwnResynchronisation, _ token: Token, _ desk: Desk) -> Failure {
        switch result {
        case .tooSoon(let seconds):
            return Failure(
                "so soon after two wrong codes these are not looked at; nothing was changed",
                hint: "wait \(duration(seconds)), and start again with the next two", .unavailable)
        case .judged(.noMatch) where desk.owner != nil:
            return Failure(
                "these are no two codes in a row of \(quoted(text(token.label))), or its clock is too far off"
                    + "; nothing was changed",
                hint: "set the clock of the device and start again, or ask your administrator", .dataError)
        case .judged(let result): return explanation(result, token)
        }
    }

    private func explanation(_ result: Resynchronisation, _ token: Token) -> Failure {
        switch result {
        case .tooFar(let steps):
            return Failure(
                "the clock of \(quoted(text(token.label))) is \(clock(steps, token)); at most \(Token.driftRange.upperBound) steps are followed; nothing was changed",
                hint: "set the clock of the device, or of this machine where every token is off; then start again",
                .dataError)
        case .alreadyUsed(let count) where token.kind == .totp && count > TokenResyncCommand.longestWait:
            return Failure(
                "a login was judged by a clock that was ahead: no code of \(quoted(text(token.label))) counts for"
                    + " \(duration(count * Int64(token.period))); nothing was changed",
                hint: "if this machine's clock is right now, give another: twostep token add \(printable(user))",
                .dataError)
        case .alreadyUsed(let count) where token.kind == .totp:
            return Failure(
                "these codes, or later ones, have been used; nothing was changed",
                hint: "wait \(duration(count * Int64(token.period))), and start again with the next two", .dataError)
        case .alreadyUsed(let count):
            return Failure(
                "these codes, or later ones, have been used; nothing was changed",
                hint: "let the device show \(count) more, and start again with the next two", .dataError)
        case .noMatch, .done:
            return Failure(
                "these are no two codes in a row of \(quoted(text(token.label))), as far as \(Resynchronisation.reach)"
                    + " \(token.kind == .totp ? "steps away" : "codes on"); nothing was changed",
                hint: "start again; if they are its codes, give a new one: twostep token add \(printable(user))",
                .dataError)
        }
    }
}
