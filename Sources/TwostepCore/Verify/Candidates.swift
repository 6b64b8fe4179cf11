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

/// Looking for one code.
struct SingleCode {
    /// For each token that a fresh value matched, the highest such value: one code stands for two steps of a window
    /// once in a million times, and both are spent then.
    private(set) var fresh: [(token: Int, moment: Int64)] = []
    /// Whether a spent value matched.
    private(set) var used = false
    /// What it costs if it is wrong, in units of `Budget`.
    let cost: Int64
    /// The highest rank at which a code is accepted; nil where the budget cannot pay for the likeliest ones.
    let reach: Int64?

    /// Compares `code` with every candidate of every token, each in constant time, whatever the throttle will say: the
    /// time depends on the record alone.
    init(
        _ code: Span<UInt8>, in record: borrowing Record, budget: Budget, rules: VerificationRules, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) {
        (reach, cost) = SingleCode.reach(of: budget, digits: code.count, record, rules: rules, now: now)
        var expected = SecretBytes(capacity: HOTP.workSize)
        for index in record.tokens.indices {
            let token = record.tokens[index]
            let candidates = Candidates(token, pairs: false, rules: rules, now: now)
            for moment in candidates.range {
                try record.compute(token, moment, crypto: crypto, into: &expected)
                guard equalInConstantTime(expected.bytes, code) else { continue }
                if !candidates.isFresh(moment) {
                    used = true
                } else if candidates.rank(moment) <= reach ?? -1 {
                    note(token: index, moment: moment)
                }
            }
        }
    }

    private mutating func note(token: Int, moment: Int64) {
        if let last = fresh.last, last.token == token {
            fresh[fresh.count - 1].moment = max(last.moment, moment)
        } else {
            fresh.append((token, moment))
        }
    }

    /// The widest search that the budget bears, and its price: that of every code that would be accepted. What is
    /// expected and what is likeliest beside it are looked for as long as they can be paid at all.
    static func reach(
        of budget: Budget, digits: Int, _ record: borrowing Record, rules: VerificationRules, now: Int64
    ) -> (reach: Int64?, cost: Int64) {
        var reach = max(2 * Int64(rules.window), VerificationRules.lookAhead - 1)
        var cost: Int64 = 0
        while reach >= 0 {
            cost = 0
            for index in record.tokens.indices where record.tokens[index].digits == digits {
                let candidates = Candidates(record.tokens[index], pairs: false, rules: rules, now: now)
                cost += candidates.count(upTo: reach) * price(ofCodeWith: digits)
            }
            if reach <= 1 ? budget.affords(cost) : budget.bears(cost) { return (reach, cost) }
            reach -= 1
        }
        return (nil, cost)
    }

    /// The chance of one code, in units of `Budget`: of 6, 7 and 8 digits.
    private static func price(ofCodeWith digits: Int) -> Int64 { digits <= 6 ? 100 : digits == 7 ? 10 : 1 }
}

extension Record {
    /// Until when single codes from `source` are not looked at, in seconds since the epoch; nil where they are.
    package func closedUntil(from source: Source?, rules: VerificationRules, now: Int64) -> Int64? {
        var throttle = throttle
        throttle.settle(at: now)
        let place = throttle.place(of: source, at: now)
        if let until = throttle[purse: place].closure.end(at: now) { return until }
        let budget = throttle[share: place].budget
        let reach = SingleCode.reach(of: budget, digits: tokens.first?.digits ?? 0, self, rules: rules, now: now)
        return reach.reach == nil ? budget.time(for: reach.cost) : nil
    }
}

/// Looking for two consecutive codes typed together.
struct PairOfCodes {
    /// The token that both belong to, and the later value.
    private(set) var fresh: (token: Int, moment: Int64)?
    /// Whether two consecutive values matched of which one is spent.
    private(set) var used = false
    /// How many pairs would have been accepted.
    private(set) var acceptable: Int64 = 0

    /// Compares `codes` with every pair of every token, each in constant time.
    init(
        _ codes: Span<UInt8>, in record: borrowing Record, rules: VerificationRules, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) {
        let digits = codes.count / 2
        let first = codes.extracting(first: digits)
        let second = codes.extracting(last: digits)
        var expected = SecretBytes(capacity: HOTP.workSize)
        for index in record.tokens.indices {
            let token = record.tokens[index]
            let candidates = Candidates(token, pairs: true, rules: rules, now: now)
            var follows = false
            for moment in candidates.range {
                try record.compute(token, moment, crypto: crypto, into: &expected)
                let isSecond = equalInConstantTime(expected.bytes, second)
                let isFresh = candidates.isFresh(moment) && candidates.isFresh(moment - 1)
                if isFresh, moment > candidates.range.lowerBound, token.digits == digits { acceptable += 1 }
                if follows, isSecond {
                    if isFresh { fresh = (index, moment) } else { used = true }
                }
                follows = equalInConstantTime(expected.bytes, first)
            }
        }
    }

    /// How long after a wrong pair the next one is looked at: 10 s for every four that would have been accepted.
    func pause(from now: Int64) -> Pause { Pause(since: now, duration: 10 * max((acceptable + 3) / 4, 1)) }
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
