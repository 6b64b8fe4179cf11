package import Crypto

/// What two consecutive codes said that an owner typed.
package enum OwnResynchronisation: Equatable, Sendable {
    case judged(Resynchronisation)
    /// So soon after two wrong ones that they were not looked at; for so many seconds more.
    case tooSoon(Int64)

    /// How long after two wrong codes the next are looked at, in seconds; those typed at a login wait as well. As there, 10 s
    /// for every four pairs that would have been accepted: at most 21 (docs/adr/0010-throttle.md).
    package static let pause: Int64 = 60
}

extension Record {
    /// As `resynchronise` for an administrator, for the owner: whoever types the codes may be guessing them. So no farther
    /// is looked than is followed, and no more often than pairs at a login, in whose place it is (law 9).
    ///
    /// - Parameter source: where the owner is; nil for an administrator.
    package mutating func resynchronise(
        _ index: Int, first: Span<UInt8>, second: Span<UInt8>, for source: Source?, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> OwnResynchronisation {
        guard let source else {
            return .judged(try resynchronise(index, first: first, second: second, now: now, crypto: crypto))
        }
        guard tokens.indices.contains(index) else { return .judged(.noMatch) }
        throttle.settle(at: now)
        let place = throttle.place(of: source, at: now)
        if let end = throttle[share: place].pairs.end(at: now) { return .tooSoon(end - now) }
        let reach = tokens[index].kind == .totp ? Int64(Token.driftRange.upperBound) : VerificationRules.pairLookAhead
        var result = try resynchronise(index, first: first, second: second, reach: reach, now: now, crypto: crypto)
        // One that is spent and one that is not: the second may be a guess, and that it is right must not be told.
        if result == .alreadyUsed(1) { result = .noMatch }
        if result == .noMatch {
            throttle[share: place].pairs = Pause(since: now, duration: OwnResynchronisation.pause)
        }
        return .judged(result)
    }
}
