internal import Crypto

/// Looking for two consecutive codes typed together.
struct PairOfCodes {
    /// For each token that both belong to, the later value: two tokens may show the same codes.
    private(set) var fresh = Matches()
    /// Whether two consecutive values matched that are both spent.
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
                    if isFresh {
                        fresh.note(token: index, moment: moment)
                    } else if !candidates.isFresh(moment) {
                        // With one that is spent before one that is not, the second may be a guess: that it is right must
                        // neither be told nor be free.
                        used = true
                    }
                }
                follows = equalInConstantTime(expected.bytes, first)
            }
        }
    }

    /// How long after a wrong pair the next one is looked at: 10 s for every four that would have been accepted.
    func pause(from now: Int64) -> Pause { Pause(since: now, duration: 10 * max((acceptable + 3) / 4, 1)) }
}
