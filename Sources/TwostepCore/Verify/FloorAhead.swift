/// Floors that a wrong clock has put too far ahead. They stay where they are, since steps up to there may have been accepted
/// (law 1); an administrator is told.
extension Record {
    /// The lowest step of a timed token that nobody can have seen or spent by `now`, whatever window and drift were in
    /// force while the clock was right: beyond this, a floor comes from a clock that was ahead.
    package static func furthestFloor(_ token: Token, now: Int64) -> Int64 {
        let reach = Int64(Token.driftRange.upperBound) + VerificationRules.largestWindow
        return min(max(TOTP.step(at: now, period: token.period) + reach + 1, 0), Token.counterLimit)
    }

    /// The timed tokens of which no code counts for longer than a right clock can have brought about; as places in
    /// `tokens`.
    package func tokensAhead(now: Int64) -> [Int] {
        tokens.indices.filter {
            tokens[$0].kind == .totp && tokens[$0].floor > Record.furthestFloor(tokens[$0], now: now)
        }
    }
}
