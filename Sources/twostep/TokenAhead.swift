internal import TwostepCore

/// A token of which no code counts before a moment far ahead, since a login was judged by a clock that was wrong.
struct TokenAhead: Encodable {
    let id: UInt32
    let label: String
    /// From when on its codes count, if nothing is done about it.
    let countsFrom: String
    /// The same once that has been mended.
    private(set) var loweredTo: String?

    private init(_ token: Token, now: Int64) {
        id = token.id
        label = text(token.label)
        countsFrom = TokenAhead.time(of: token.floor, token)
        loweredTo = TokenAhead.time(of: Record.furthestFloor(token, now: now), token)
    }

    static func all(_ record: borrowing Record, now: Int64) -> [TokenAhead] {
        var ahead: [TokenAhead] = []
        for index in record.tokensAhead(now: now) { ahead.append(TokenAhead(record.tokens[index], now: now)) }
        return ahead
    }

    private static func time(of step: Int64, _ token: Token) -> String { UserStatus.time(step * Int64(token.period)) }

    /// As it is told in JSON, whether it was mended or not.
    func lowered(_ isLowered: Bool) -> TokenAhead {
        var told = self
        if !isLowered { told.loweredTo = nil }
        return told
    }

    func logLowered(_ account: Account) {
        var event = ToolEvent("token-floor-lowered", account)
        event.add("token", Array(label.utf8))
        event.add("was", Array(countsFrom.utf8))
        event.add("from", Array((loweredTo ?? "").utf8))
        event.log()
    }

    func tell(_ user: String, isLowered: Bool) throws {
        guard isLowered, let loweredTo else {
            try say(
                "No code of \(quoted(label)) counts before \(countsFrom): a login was judged by a clock that was ahead.",
                isDone: true)
            return try say(
                "If this machine's clock is right now: twostep unlock \(printable(user)) --clock-was-ahead",
                isDone: true)
        }
        try say("Codes of \(quoted(label)) count from \(loweredTo) on; before, it was \(countsFrom).", isDone: true)
        try say(
            "If somebody saw a code that was accepted meanwhile, give another token: it counts once more at its time.",
            isDone: true)
    }
}
