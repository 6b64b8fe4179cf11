/// Floors that a wrong clock has put too far ahead: for an administrator, since nothing here can tell which of two clocks
/// is right.
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

    /// Takes these tokens back to the lowest step that nobody can have seen by `now` (law 1: what was spent by a right
    /// clock stays spent). A code that was accepted while the clock was ahead counts once more when its time has come.
    package mutating func lowerFloors(now: Int64) {
        for index in tokensAhead(now: now) { lower(index, floor: Record.furthestFloor(tokens[index], now: now)) }
    }
}
