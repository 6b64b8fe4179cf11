internal import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore

struct TokenResyncCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resync", abstract: "Follow a token that lost step, by two codes of it in a row.",
        discussion: """
            Reads two codes that follow each other from the terminal or standard input, and uses them up.

            EXAMPLE
              twostep token resync alice phone
            """)

    @Argument(help: "The user.") var user: String
    @Argument(help: "The token's label or id.") var token: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    /// How often something may be typed that is no code.
    private static let tries = 5

    /// For how many steps codes can be spent ahead by a clock that is right.
    private static let longestWait = 2 * (Int64(Token.driftRange.upperBound) + VerificationRules.largestWindow)

    private struct Resynchronised: Encodable {
        let user: String
        let id: UInt32
        let label: String
        var drift: Int64?
        var skipped: Int64?
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        let wanted = try lookAtRecord(account, configuration) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return try find(record)
        }
        let first = try askForCode("First code: ", digits: wanted.digits, not: SecretBytes(capacity: 0))
        let second = try askForCode("The code after it: ", digits: wanted.digits, not: first)
        let moved = try changeRecord(account, configuration) { (record, now, crypto) throws(Failure) in
            try record.checkIsActive(account)
            let device = try record.device("\(wanted.id)", of: user)
            guard case .token(let index) = device else { throw Failure.changedMeanwhile(account) }
            let result: Resynchronisation
            do throws(CryptoError) {
                result = try record.resynchronise(
                    index, first: first.bytes, second: second.bytes, now: now, crypto: crypto)
            } catch {
                throw Failure(StoreError(.cryptoUnavailable), site: configuration)
            }
            guard case .done(let moved) = result else { throw explanation(result, wanted) }
            return moved
        }
        let isTimed = wanted.kind == .totp
        var event = ToolEvent("token-resynced", account)
        DeviceStatus(user, wanted).tell(&event)
        event.add(isTimed ? "drift" : "skipped", [UInt8](decimal: moved))
        event.log()
        if json {
            return try sayJSON(
                Resynchronised(
                    user: user, id: wanted.id, label: text(wanted.label), drift: isTimed ? moved : nil,
                    skipped: isTimed ? nil : moved), isDone: true)
        }
        let name = "\(printable(user))'s token \(quoted(text(wanted.label)))"
        try say(
            "\(name) is in step: \(isTimed ? "its clock is \(clock(moved, wanted))" : "\(moved) codes were skipped").",
            isDone: true)
        try say("Its next code counts.", isDone: true)
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

    /// One code of the right length.
    ///
    /// - Parameter spent: the code before it, which is still shown where somebody is too quick.
    private func askForCode(_ prompt: String, digits: Int, not spent: borrowing SecretBytes) throws -> SecretBytes {
        for _ in 0..<TokenResyncCommand.tries {
            guard let answer = askLine(StandardStream.input.isTerminal ? prompt : "") else {
                throw Failure(
                    "two codes are needed; nothing was changed", hint: "type them, or pipe in two lines", .dataError)
            }
            let typed = TypedCode.read(answer.bytes)
            if typed.kind != .oneTime || typed.text.count != digits {
                sayOnError("twostep: a code of this token is \(digits) digits")
            } else if equalInConstantTime(typed.text.bytes, spent.bytes) {
                sayOnError("twostep: that is the first one again; wait for the next")
            } else {
                return typed.text.copy()
            }
        }
        throw Failure(
            "no code in \(TokenResyncCommand.tries) tries; nothing was changed", hint: "start again", .dataError)
    }

    /// How a clock goes, in words: `3 steps (1 min 30 s) ahead`.
    private func clock(_ steps: Int64, _ token: Token) -> String {
        guard steps != 0 else { return "right" }
        return "\(steps.magnitude) \(steps.magnitude == 1 ? "step" : "steps")"
            + " (\(duration(Int64(steps.magnitude) * Int64(token.period)))) \(steps > 0 ? "ahead" : "behind")"
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
