package import Crypto

/// What came of a recovery token, and of the answers that were given with it.
package enum PresentedRecovery: Equatable, Sendable {
    /// It is right: the owner must enrol anew now, and by this grant they may.
    ///
    /// - again: whether it was taken before, and the enrolment goes on.
    case accepted(RecoveryGrant, again: Bool)
    /// It is none, or not this person's, or a newer one has voided it.
    case wrongToken
    /// The token is right, and an answer is not.
    case wrongAnswers(RecoveryGrant)
    /// It was right until too many answers were wrong.
    case void(RecoveryGrant)
    /// It was right once.
    case expired(RecoveryGrant)
    /// As `wrongToken`, and so soon after a wrong one that what takes turns with it is not looked at until this time, in
    /// seconds since the epoch.
    case tooSoon(until: Int64)
    /// So many guesses that answers are not looked at until this time.
    case locked(RecoveryGrant, until: Int64)
    /// The record is not one to recover any more.
    case notRecoverable
}

/// Each of these judges and charges as `verify` does a code: whoever calls it must write the record back before the verdict
/// leaves (law 2). All is computed that could match, so that the time tells nothing (law 8).
///
/// The right token is taken at once, whatever was wrong before it: 2^128 of them need no pause, and one would let anybody
/// with the password keep the owner out. A wrong one takes its turn with backup codes, which do need it.
extension Record {
    /// What wrong answers take from the budget that guesses at codes share, in units: one guess at one TOTP token.
    package static var costOfAnswers: Int64 { 300 }

    /// Judges a token that needs no answers: an administrator's. Nobody is charged whom it does not let in: they are asked
    /// on, like everybody, and `present` judges.
    ///
    /// Once a token is accepted what let the owner in before is void, and they must enrol anew.
    ///
    /// - Parameter token: as `RecoveryToken.read` gives it, or nil for what is none.
    /// - Returns: nil where it is no such token.
    package mutating func admit(
        recovery token: borrowing SecretBytes?, from source: Source?, now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> PresentedRecovery? {
        let now = min(max(now, 0), Token.counterLimit)
        throttle.settle(at: now)
        let grant = try whole { () throws(DecodeError) in try self.recovery() }.grant
        let isToken = try Record.isRight(token, grant, crypto)
        guard isToken, let grant, isRecoverable, grant.isOpen(at: now), grant.way == .admin else { return nil }
        return try accept(grant, source, now)
    }

    /// Judges a token and the answers that were given with it.
    ///
    /// - Parameter answers: bcrypt of what was answered, under the setting of the record's answers where it has some.
    package mutating func present(
        recovery token: borrowing SecretBytes?, answers: [[UInt8]], from source: Source?, now: Int64,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> PresentedRecovery {
        let now = min(max(now, 0), Token.counterLimit)
        throttle.settle(at: now)
        let place = throttle.place(of: source, at: now)
        var recovery = try whole { () throws(DecodeError) in try self.recovery() }
        let kept = try whole { () throws(DecodeError) in try self.securityAnswers() }
        let isToken = try Record.isRight(token, recovery.grant, crypto)
        let isAnswered = kept?.fit(answers) ?? false
        guard isToken, var grant = recovery.grant else {
            if let end = throttle[share: place].backupCodes.end(at: now) { return .tooSoon(until: end) }
            throttle[share: place].backupCodes = Pause(since: now, duration: Record.backupCodePause)
            return .wrongToken
        }
        guard isRecoverable else { return .notRecoverable }
        guard grant.wrong < RecoveryGrant.wrongLimit else { return .void(grant) }
        guard grant.isOpen(at: now) else { return .expired(grant) }
        if grant.way == .admin { return try accept(grant, source, now) }
        let budget = throttle[share: place].budget
        guard budget.affords(Record.costOfAnswers) else {
            return .locked(grant, until: budget.time(for: Record.costOfAnswers))
        }
        guard isAnswered else {
            grant.chargeWrongAnswers()
            recovery.grant = grant
            try whole { () throws(DecodeError) in try keep(recovery) }
            throttle[share: place].budget.spend(Record.costOfAnswers)
            throttle[share: place].backupCodes = Pause(since: now, duration: Record.backupCodePause)
            return .wrongAnswers(grant)
        }
        return try accept(grant, source, now)
    }

    private mutating func accept(
        _ grant: RecoveryGrant, _ source: Source?, _ now: Int64
    ) throws(CryptoError) -> PresentedRecovery {
        guard grant.stage == .given else { return .accepted(grant, again: true) }
        var grant = grant
        grant.redeem()
        try whole { () throws(DecodeError) in
            var recovery = try self.recovery()
            recovery.grant = grant
            try keep(recovery)
            try voidEverything(now, by: grant.way, from: source)
        }
        return .accepted(grant, again: false)
    }

    /// Takes from the record whatever lets somebody in, or could lead there: no code of before counts any more, and nobody
    /// goes on with what was begun before.
    private mutating func voidEverything(
        _ now: Int64, by way: RecoveryGrant.Way, from source: Source?
    ) throws(DecodeError) {
        state = .mustReenrol
        for token in tokens where !removeToken(id: token.id) { throw .malformed }
        for key in securityKeys { _ = removeSecurityKey(key.publicKey) }
        backupCodes = BackupCodeSet()
        remembered = []
        // Somebody else may have been let in elsewhere with what was lost. Where the owner is now stays known, so that nobody
        // who uses up the world's budget keeps them from going on; how much was guessed stays known as well.
        throttle.sources = throttle.sources.filter { $0.source == source }
        var appendix = try Appendix(self)
        appendix.remove(.invitation)
        appendix.remove(.enrolment)
        appendix.remove(.unverifiedContact)
        setAppendix(appendix)
        // By mail both have just been proven.
        if way == .admin { try voidWayBack() }
        try voidSentCode()
        changed = nextChange(at: now)
    }

    private static func isRight(
        _ token: borrowing SecretBytes?, _ grant: RecoveryGrant?, _ crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Bool {
        try CodeHash.isRight(token, RecoveryToken.label, grant.map { ($0.salt, $0.hash) }, crypto: crypto)
    }
}
