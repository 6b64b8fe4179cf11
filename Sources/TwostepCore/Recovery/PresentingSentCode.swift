package import Crypto

/// Whoever calls one of these must write the record back, in both slots, before anything leaves: a code that was spent, or
/// void, must not come back with an older state (laws 1 and 2). The same is computed whatever the record says (law 8).
extension Record {
    /// Takes note that `code` is sent, where one may be.
    ///
    /// - Parameters:
    ///   - code: in its one spelling, as `BackupCode.make` gives it.
    ///   - salt: `CodeHash.saltSize` random bytes.
    ///   - now: seconds since the epoch.
    /// - Returns: why none is to be sent; nil where this one is.
    package mutating func send(
        _ code: Span<UInt8>, salt: [UInt8], now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> NotSent? {
        let now = min(max(now, 0), Token.counterLimit)
        let hash = try SentCode.hash(code, salt: salt, crypto: crypto)
        var sent = try whole { () throws(DecodeError) in try sentCode() }
        guard state == .active else { return .notActive }
        if let hindrance = sent.hindrance(at: now) { return hindrance }
        sent.send(hash: hash, salt: salt, at: now)
        try whole { () throws(DecodeError) in try keep(sent) }
        return nil
    }

    /// Judges what somebody typed for a code that was sent, and charges it, as `verify` does a backup code.
    ///
    /// - Parameters:
    ///   - typed: in its one spelling; empty for what has not the form of such a code.
    ///   - now: seconds since the epoch.
    package mutating func present(
        sent typed: Span<UInt8>, from source: Source?, now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Verdict {
        let now = min(max(now, 0), Token.counterLimit)
        throttle.settle(at: now)
        let place = throttle.place(of: source, at: now)
        var sent = try whole { () throws(DecodeError) in try sentCode() }
        let outstanding = sent.outstanding
        let isRight = try CodeHash.isRight(
            typed, SentCode.label, outstanding.map { ($0.salt, $0.hash) }, crypto: crypto)
        switch state {
        case .active: break
        case .pending: return .refused(.notEnrolled)
        case .mustReenrol: return .refused(.mustReenrol)
        case .disabled: return .refused(.disabled)
        }
        // No guess and, like any other answer that is none, not charged.
        guard typed.count == BackupCode.size else { return .refused(.malformed) }
        if let end = throttle[share: place].backupCodes.end(at: now) { return .refused(.tooSoon(until: end)) }
        guard isRight, let outstanding, outstanding.isOpen(at: now) else {
            sent.chargeWrong()
            try whole { () throws(DecodeError) in try keep(sent) }
            throttle[share: place].backupCodes = Pause(since: now, duration: Record.backupCodePause)
            return .refused(.wrongCode)
        }
        sent.void()
        try whole { () throws(DecodeError) in try keep(sent) }
        throttle.succeed(from: source, at: now)
        // Nothing was proven of the owner's app: `confirmed` says what it said.
        return .accepted(Acceptance(method: .sentCode, token: [], backupCodesLeft: backupCodes.left))
    }
}
