internal import Crypto

/// Looking for one code.
struct SingleCode {
    /// What a fresh value matched, within reach or not: one code stands for two steps of a window, or for two tokens, once
    /// in a million times, and all are spent then.
    private(set) var fresh = Matches()
    /// Whether one of them is within reach.
    private(set) var isRight = false
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
                if candidates.isFresh(moment) {
                    fresh.note(token: index, moment: moment)
                    if candidates.rank(moment) <= reach ?? -1 { isRight = true }
                } else {
                    used = true
                }
            }
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
