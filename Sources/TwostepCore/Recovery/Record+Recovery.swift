package import Crypto

/// What a record says of recovery.
extension Record {
    /// Tokens that were given out, and how many mails were asked for.
    package func recovery() throws(DecodeError) -> Recovery {
        guard let section = try Appendix(self)[.recovery] else { return Recovery() }
        return try Recovery.decode(section.bytes)
    }

    package mutating func keep(_ recovery: Recovery) throws(DecodeError) {
        var appendix = try Appendix(self)
        if recovery.isEmpty {
            appendix.remove(.recovery)
        } else {
            let section = recovery.encode()
            guard appendix.set(.recovery, to: section) else { throw .malformed }
        }
        setAppendix(appendix)
    }

    /// The answers to the owner's security questions; nil where there are none.
    package func securityAnswers() throws(DecodeError) -> SecurityAnswers? {
        guard let section = try Appendix(self)[.answers] else { return nil }
        return try SecurityAnswers.decode(section.bytes)
    }

    /// - Parameter answers: nil to forget them.
    package mutating func keep(_ answers: SecurityAnswers?) throws(DecodeError) {
        var appendix = try Appendix(self)
        if let answers {
            let section = answers.encode()
            guard appendix.set(.answers, to: section) else { throw .malformed }
        } else {
            appendix.remove(.answers)
        }
        setAppendix(appendix)
    }

    /// Gives a token out. One before it is void, and so is what was begun by it: it may have been somebody else who began.
    package mutating func give(_ grant: RecoveryGrant) throws(DecodeError) {
        var appendix = try Appendix(self)
        appendix.remove(.enrolment)
        setAppendix(appendix)
        var recovery = try recovery()
        recovery.grant = grant
        try keep(recovery)
    }

    /// Voids a token that was mailed and that nobody has come with: where it went, or what must be known beside it, is
    /// another thing now.
    package mutating func voidMailedToken() throws(DecodeError) {
        var recovery = try recovery()
        guard let grant = recovery.grant, grant.way == .email, grant.stage == .given else { return }
        recovery.grant = nil
        try keep(recovery)
    }

    /// Takes over what another record of the same account, in whose place this one is put, knows of its owner: the verified
    /// address, the answers, and how many mails were asked for. No token outlives that.
    package mutating func takeOver(from old: borrowing Record) throws(DecodeError) {
        let theirs = try Appendix(old)
        var appendix = try Appendix(self)
        for tag in [Appendix.Tag.contact, .answers] {
            if let section = theirs[tag], !appendix.set(tag, to: section) { throw .malformed }
        }
        setAppendix(appendix)
        var recovery = try old.recovery()
        recovery.grant = nil
        try keep(recovery)
    }

    /// Whether somebody can be given a token: they have, or had, a second step.
    package var isRecoverable: Bool { state == .active || state == .mustReenrol }
}

/// What came of a recovery token, and of the answers that were given with it.
package enum PresentedRecovery: Equatable, Sendable {
    /// It is right: the owner must enrol anew now, and by this grant they may.
    case accepted(RecoveryGrant)
    /// It is none, or not this person's, or void, or the answers are wrong, or somebody has given too many wrong ones.
    case wrong
    /// It was right once.
    case expired
    /// So soon after a wrong one that it was not looked at until this time, in seconds since the epoch.
    case tooSoon(until: Int64)
    /// The record is not one to recover any more.
    case changedMeanwhile
}

extension Record {
    /// Judges a recovery token and charges it, as `verify` does a code: whoever calls this must write the record back
    /// before the verdict leaves (law 2). All is computed that could match, so that the time tells nothing (law 8).
    ///
    /// Once a token is accepted the record must enrol anew: no code counts any more.
    ///
    /// - Parameters:
    ///   - token: as `RecoveryToken.read` gives it, or nil for what is none.
    ///   - answers: bcrypt of what was answered, under the setting of the record's answers where it has some; looked at
    ///     only where the token came by mail.
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
        if let end = throttle[share: place].backupCodes.end(at: now) { return .tooSoon(until: end) }
        guard isToken, var grant = recovery.grant else {
            throttle[share: place].backupCodes = Pause(since: now, duration: EnrolmentCode.pause)
            return .wrong
        }
        guard isRecoverable else { return .changedMeanwhile }
        guard grant.isOpen(at: now) else { return grant.wrong < RecoveryGrant.wrongLimit ? .expired : .wrong }
        guard grant.way == .admin || isAnswered else {
            grant.chargeWrongAnswers()
            recovery.grant = grant
            try whole { () throws(DecodeError) in try keep(recovery) }
            throttle[share: place].backupCodes = Pause(since: now, duration: EnrolmentCode.pause)
            return .wrong
        }
        grant.redeem()
        recovery.grant = grant
        try whole { () throws(DecodeError) in try keep(recovery) }
        state = .mustReenrol
        return .accepted(grant)
    }

    private static func isRight(
        _ token: borrowing SecretBytes?, _ grant: RecoveryGrant?, _ crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Bool {
        let salt = grant?.salt ?? [UInt8](repeating: 0, count: RecoveryToken.saltSize)
        let nothing: [UInt8] = []
        let hash: [UInt8]
        switch token {
        case .some(let token): hash = try RecoveryToken.hash(token.bytes, salt: salt, crypto: crypto)
        case .none:
            _ = try RecoveryToken.hash(nothing.span, salt: salt, crypto: crypto)
            return false
        }
        guard let grant else { return equalInConstantTime(hash.span, nothing.span) }
        return grant.fits(hash)
    }
}
