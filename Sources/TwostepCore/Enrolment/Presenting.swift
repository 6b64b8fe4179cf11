package import Crypto

/// What came of an enrolment code that was typed.
package enum PresentedCode: Equatable, Sendable {
    /// It is right: the record has an enrolment by it now, perhaps one that was begun before.
    case accepted
    /// It is none, or not this person's, or void.
    case wrong
    /// It was right once.
    case expired
    /// As `wrong`, and so soon after a wrong one that what takes turns with it is not looked at until this time, in seconds
    /// since the epoch.
    case tooSoon(until: Int64)
    /// The record is not one to enrol with any more.
    case changedMeanwhile
}

extension Record {
    /// Judges an enrolment code and charges it, as `verify` does a code: whoever calls this must write the record back
    /// before the verdict leaves (law 2). All is computed that could match, so that the time tells nothing (law 8).
    ///
    /// The right code is taken at once, whatever was wrong before it: 2^80 of them need no pause, and one would let anybody
    /// with the password keep the owner out.
    ///
    /// - Parameters:
    ///   - code: as `EnrolmentCode.read` gives it, or nil for what is none.
    ///   - fresh: what is begun by a right code; where its owner has begun before, that goes on instead.
    package mutating func present(
        _ code: borrowing SecretBytes?, beginning fresh: borrowing Enrolment, from source: Source?, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> PresentedCode {
        let now = min(max(now, 0), Token.counterLimit)
        throttle.settle(at: now)
        let place = throttle.place(of: source, at: now)
        let invitation = try whole { () throws(DecodeError) in try self.invitation() }
        let isRight = try CodeHash.isRight(
            code, EnrolmentCode.label, invitation.map { ($0.salt, $0.hash) }, crypto: crypto)
        guard isRight, let invitation else {
            // The turn is shared with recovery tokens, and with backup codes, of which such a record has none.
            if let end = throttle[share: place].backupCodes.end(at: now) { return .tooSoon(until: end) }
            throttle[share: place].backupCodes = Pause(since: now, duration: EnrolmentCode.pause)
            return .wrong
        }
        guard state == .pending || state == .mustReenrol else { return .changedMeanwhile }
        guard invitation.isCurrent(at: now) else { return .expired }
        let goesOn = try whole { () throws(DecodeError) in try self.enrolment()?.proof == .invitation }
        if !goesOn { try whole { () throws(DecodeError) in try keep(fresh) } }
        return .accepted
    }

    /// Judges a code of the app that was proven, by the login's own rules and at the login's own price, and charges it:
    /// whoever calls this must write the record back before the verdict leaves (law 2).
    package mutating func verifyProvenApp(
        _ attempt: borrowing Attempt, rules: VerificationRules, now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Verdict {
        try verifyEnrolling(attempt, stage: .proven, rules: rules, now: now, crypto: crypto)
    }

    /// The same of an app that was shown a key and has proven nothing yet; a right code proves it.
    package mutating func verifyShownApp(
        _ attempt: borrowing Attempt, rules: VerificationRules, now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Verdict {
        try verifyEnrolling(attempt, stage: .shown, rules: rules, now: now, crypto: crypto)
    }

    private mutating func verifyEnrolling(
        _ attempt: borrowing Attempt, stage: Enrolment.Stage, rules: VerificationRules, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Verdict {
        guard state == .pending || state == .mustReenrol,
            var enrolment = try whole({ () throws(DecodeError) in try self.enrolment() }), enrolment.stage == stage
        else { return .refused(.notEnrolled) }
        // A record of its own, so that nothing else of this one can be what lets somebody in.
        var trial = Record(state: .active, confirmed: true, created: created, changed: changed)
        trial.throttle = throttle
        guard trial.add(enrolment.token, key: enrolment.key.bytes) else { throw .failed }
        let verdict = try verify(&trial, attempt, rules: rules, now: now, crypto: crypto)
        throttle = trial.throttle
        guard case .accepted = verdict, var token = trial.tokens.first else { return verdict }
        token.key = 0..<0
        enrolment.token = token
        enrolment.stage = .proven
        try whole { () throws(DecodeError) in try keep(enrolment) }
        return verdict
    }
}

/// What a record holds was looked at before: whatever is amiss now was not said by anybody who may.
func whole<R: ~Copyable>(_ body: () throws(DecodeError) -> R) throws(CryptoError) -> R {
    do throws(DecodeError) { return try body() } catch { throw .failed }
}
