internal import Crypto

/// The time steps or counter values of one token that a code is compared with.
struct Candidates {
    /// The token's lowest unspent value.
    let floor: Int64
    /// Where its authenticator is expected to be: the current time step, or the next counter value.
    let expected: Int64
    /// All values compared. Some are spent, so that a used code can be told from a wrong one.
    let range: ClosedRange<Int64>
    /// The length of a step and how much of the present one is over, in seconds; 0 for a counter.
    private let period: Int64
    private let elapsed: Int64
    private let kind: Token.Kind

    /// - Parameter pairs: whether two consecutive codes are looked for, in a wider range.
    init(_ token: Token, pairs: Bool, rules: VerificationRules, now: Int64) {
        floor = token.floor
        kind = token.kind
        switch token.kind {
        case .totp:
            let step = TOTP.step(at: now, period: token.period) + Int64(token.drift)
            expected = min(max(step, 0), Token.counterLimit)
            let window = Int64(pairs ? max(rules.window, VerificationRules.pairWindow) : rules.window)
            range = max(expected - window, 0)...(expected + window)
            period = Int64(max(token.period, 1))
            elapsed = (now % period + period) % period
        case .hotp:
            expected = floor
            let ahead = pairs ? VerificationRules.pairLookAhead : VerificationRules.lookAhead
            // As many used values as were last typed together, so that whoever types them again is not taken for
            // somebody who guesses.
            range = max(floor - (pairs ? 2 : 1), 0)...(floor + ahead - 1)
            (period, elapsed) = (0, 0)
        }
    }

    /// Whether a value may still be accepted. At the limit the floor could not move on.
    func isFresh(_ moment: Int64) -> Bool { moment >= floor && moment < Token.counterLimit }

    /// How many values are likelier than this one: 0 for where it is expected, and from there alternately to both sides
    /// for a step, and onwards for a counter. Of two steps equally far off the earlier one is likelier for two thirds of
    /// a step, since people read a code and then type it.
    func rank(_ moment: Int64) -> Int64 {
        let distance = Int64((moment - expected).magnitude)
        guard kind == .totp, distance > 0 else { return distance }
        return 2 * distance - ((moment < expected) == (3 * elapsed <= 2 * period) ? 1 : 0)
    }

    /// How far from where it is expected a step lies as a sign that the authenticator's clock has drifted: 0 where it is
    /// over for at most half a step, or begins within that. Whoever types slowly says nothing about a clock.
    func drift(_ moment: Int64) -> Int64 {
        let offset = moment - expected
        let seconds = offset < 0 ? elapsed - (offset + 1) * period : offset * period - elapsed
        return 2 * seconds > period ? offset : 0
    }

    /// How many fresh values have at most this rank.
    func count(upTo highest: Int64) -> Int64 {
        var count: Int64 = 0
        for moment in range where isFresh(moment) && rank(moment) <= highest { count += 1 }
        return count
    }
}

extension Record {
    /// Writes the code of one step or counter value of a token to `code`, which must have room for `HOTP.workSize` bytes.
    func compute(
        _ token: Token, _ moment: Int64, crypto: borrowing Libcrypto, into code: inout SecretBytes
    ) throws(CryptoError) {
        try withKey(of: token) { (key) throws(CryptoError) in
            try HOTP.compute(
                key: key, counter: UInt64(moment), algorithm: token.algorithm, digits: token.digits, crypto: crypto,
                into: &code)
        }
    }
}
