package import Crypto

/// What two consecutive codes said about the clock or counter of an authenticator.
package enum Resynchronisation: Equatable, Sendable {
    /// The record follows it now. TOTP: how many steps its clock is ahead. HOTP: how many codes it showed in between.
    case done(Int64)
    /// TOTP: its clock is so many steps ahead, negative for behind, which is too far to be followed.
    case tooFar(Int64)
    /// So many steps or codes on, the first of the two would be one that is not spent.
    case alreadyUsed(Int64)
    /// They are not two codes in a row of this token, or too far away.
    case noMatch

    /// How far is looked either way, in steps or codes.
    package static let reach: Int64 = 1_000
}

extension Record {
    /// Follows an authenticator that lost step, by two consecutive codes of it: for an administrator, since it looks far
    /// wider than a login may.
    ///
    /// Spent codes stay spent, and a counter never goes back: both codes must be unspent, and are spent by this. Nothing
    /// is changed unless it is `.done`.
    ///
    /// - Parameters:
    ///   - index: the token's place in `tokens`.
    ///   - reach: how far is looked either way, in steps or codes.
    ///   - now: seconds since the epoch.
    package mutating func resynchronise(
        _ index: Int, first: Span<UInt8>, second: Span<UInt8>, reach: Int64 = Resynchronisation.reach, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Resynchronisation {
        guard tokens.indices.contains(index) else { return .noMatch }
        let token = tokens[index]
        let now = min(max(now, 0), Token.counterLimit)
        let expected = token.kind == .totp ? TOTP.step(at: now, period: token.period) : token.floor
        guard let moment = try lookFor(first, second, of: token, around: expected, reach: reach, crypto: crypto) else {
            return .noMatch
        }
        let offset = moment - expected
        if token.kind == .totp, !Token.driftRange.contains(Int8(clamping: offset)) { return .tooFar(offset) }
        guard moment > token.floor, moment < Token.counterLimit else { return .alreadyUsed(token.floor - moment + 1) }
        spend(index, floor: moment + 1, lastUsed: token.lastUsed)
        guard token.kind == .totp else { return .done(offset - 1) }
        resynchronise(index, drift: offset)
        // As an accepted code does: these are later than all that a damaged slot may have forgotten.
        cautious = false
        return .done(offset)
    }

    /// The step or counter value of `second` where `first` stands right before it; of several, the nearest to `expected`.
    private func lookFor(
        _ first: Span<UInt8>, _ second: Span<UInt8>, of token: Token, around expected: Int64, reach: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Int64? {
        var code = SecretBytes(capacity: HOTP.workSize)
        var nearest: Int64?
        var follows = false
        // One more before, for the first of the two.
        for moment in max(expected - reach - 1, 0)...(expected + reach) {
            try compute(token, moment, crypto: crypto, into: &code)
            let isSecond = equalInConstantTime(code.bytes, second)
            if follows, isSecond, (moment - expected).magnitude < (nearest.map { $0 - expected } ?? .max).magnitude {
                nearest = moment
            }
            follows = equalInConstantTime(code.bytes, first)
        }
        return nearest
    }
}
