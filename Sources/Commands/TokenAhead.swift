internal import TwostepCore

/// A token of which no code counts before a moment far ahead, since a login was judged by a clock that was wrong.
struct TokenAhead: Encodable {
    let id: UInt32
    let label: String
    /// From when on its codes count.
    let countsFrom: String

    private init(_ token: Token) {
        id = token.id
        label = text(token.label)
        countsFrom = UserStatus.time(token.floor * Int64(token.period))
    }

    static func all(_ record: borrowing Record, now: Int64) -> [TokenAhead] {
        var ahead: [TokenAhead] = []
        for index in record.tokensAhead(now: now) { ahead.append(TokenAhead(record.tokens[index])) }
        return ahead
    }

    func tell(_ user: String, _ desk: Desk) throws {
        try desk.say(
            "No code of \(quoted(label)) counts before \(countsFrom): a login was judged by a clock that was ahead.",
            isDone: true)
        try desk.say(
            "If this machine's clock is right now, give another: twostep token add \(printable(user))", isDone: true)
    }
}
