package import Crypto

/// Judges an attempt and charges it to the record. Pure but for the hashing: whoever calls this must write the record
/// back before the verdict leaves (law 2).
///
/// Everything that could match is computed and compared, whether or not it may be accepted, so that the time depends on
/// the record alone.
///
/// - Parameters:
///   - record: changed to say what was spent or charged.
///   - now: seconds since the epoch.
package func verify(
    _ record: inout Record, _ attempt: borrowing Attempt, rules: VerificationRules, now: Int64,
    crypto: borrowing Libcrypto
) throws(CryptoError) -> Verdict {
    let now = min(max(now, 0), Token.counterLimit)
    if let key = attempt.securityKey { return verifySecurityKey(&record, key, source: attempt.source, now: now) }
    record.throttle.settle(at: now)
    let place = record.throttle.place(of: attempt.source, at: now)
    let judged =
        switch attempt.code.kind {
        case .malformed: Judgement(.refused(.malformed))
        case .oneTime: try judgeOneTime(record, attempt, place, rules: rules, now: now, crypto: crypto)
        case .pair: try judgePair(record, attempt, place, rules: rules, now: now, crypto: crypto)
        case .backup: judgeBackup(record, attempt, place, now: now)
        }
    switch record.state {
    case .active: break
    case .pending: return .refused(.notEnrolled)
    case .mustReenrol: return .refused(.mustReenrol)
    case .disabled: return .refused(.disabled)
    }
    record.charge(judged, place, rules: rules, now: now)
    if case .accepted = judged.verdict {
        record.throttle.succeed(from: attempt.source, at: now)
        record.confirmed = true
    }
    return judged.verdict
}

/// Judges somebody whom a registered security key has signed in: sshd has checked the signature.
///
/// Where the key is not registered, or nothing of this record is usable, somebody is refused as not enrolled.
func verifySecurityKey(
    _ record: inout Record, _ publicKey: [UInt8], source: Source?, now: Int64
) -> Verdict {
    let now = min(max(now, 0), Token.counterLimit)
    guard record.state == .active, let key = record.useSecurityKey(publicKey, now: now) else {
        return .refused(.notEnrolled)
    }
    record.throttle.settle(at: now)
    record.throttle.succeed(from: source, at: now)
    return .accepted(
        Acceptance(method: .securityKey, token: key.label, backupCodesLeft: record.backupCodes.left))
}

/// A verdict, and what is to be spent or charged for it.
private struct Judgement {
    let verdict: Verdict
    /// Steps and counter values that are spent now, each the highest of its token.
    var spent: [(token: Int, moment: Int64)] = []
    /// The backup code that is spent now.
    var spentCode: Int?
    /// What a wrong code costs; nil for what costs nothing.
    var cost: Int64?
    /// What a wrong pair, or a wrong backup code, makes everybody of its group wait.
    var pairPause: Pause?
    var backupPause: Pause?

    init(_ verdict: Verdict) { self.verdict = verdict }
}

extension Record {
    /// How long after a wrong backup code the next one is looked at, in seconds.
    package static var backupCodePause: Int64 { 10 }

    fileprivate mutating func charge(
        _ judged: Judgement, _ place: Throttle.Place, rules: VerificationRules, now: Int64
    ) {
        for (token, moment) in judged.spent { spendMoment(token, moment, rules: rules, now: now) }
        if let index = judged.spentCode { backupCodes.entries[index].spentAt = max(now, 1) }
        if let cost = judged.cost {
            throttle[share: place].budget.spend(cost)
            throttle[purse: place].charge(now: now, rules: rules)
        }
        if let pause = judged.pairPause { throttle[share: place].pairs = pause }
        if let pause = judged.backupPause { throttle[share: place].backupCodes = pause }
    }

    /// Spends a step or counter value and everything before it, and follows the authenticator's clock.
    private mutating func spendMoment(_ index: Int, _ moment: Int64, rules: VerificationRules, now: Int64) {
        let token = tokens[index]
        if token.kind == .totp {
            cautious = false
            let candidates = Candidates(token, pairs: false, rules: rules, now: now)
            let offset = moment - candidates.expected
            if offset.magnitude <= rules.window {
                follow(index, offset: candidates.drift(moment))
            } else {
                resynchronise(index, drift: Int64(token.drift) + offset)
            }
        }
        spend(index, floor: moment + 1, lastUsed: now)
    }
}

private func judgeOneTime(
    _ record: borrowing Record, _ attempt: borrowing Attempt, _ place: Throttle.Place, rules: VerificationRules,
    now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Judgement {
    let budget = record.throttle.allowance(of: place, rules: rules)
    let match = try SingleCode(
        attempt.code.text.bytes, in: record, budget: budget, rules: rules, now: now, crypto: crypto)
    if let until = record.throttle[purse: place].closure.end(at: now) {
        return Judgement(.refused(.locked(until: until)))
    }
    guard match.reach != nil else { return Judgement(.refused(.locked(until: budget.time(for: match.cost)))) }
    guard let first = match.fresh.first else {
        var wrong = Judgement(.refused(match.used ? .alreadyUsed : .wrongCode))
        // Who presents a code that was right is not guessing.
        if !match.used { wrong.cost = match.cost }
        return wrong
    }
    let isTimed = match.fresh.contains { record.tokens[$0.token].kind == .totp }
    if record.cautious, !isTimed { return Judgement(.refused(.damaged)) }
    var right = Judgement(
        .accepted(
            Acceptance(
                method: isTimed ? .totp : .hotp, token: record.tokens[first.token].label,
                backupCodesLeft: record.backupCodes.left)))
    right.spent = match.fresh
    return right
}

private func judgePair(
    _ record: borrowing Record, _ attempt: borrowing Attempt, _ place: Throttle.Place, rules: VerificationRules,
    now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Judgement {
    let match = try PairOfCodes(attempt.code.text.bytes, in: record, rules: rules, now: now, crypto: crypto)
    if let until = record.throttle[share: place].pairs.end(at: now) {
        return Judgement(.refused(.tooSoon(until: until)))
    }
    guard let fresh = match.fresh else {
        var wrong = Judgement(.refused(match.used ? .alreadyUsed : .wrongCode))
        if !match.used { wrong.pairPause = match.pause(from: now) }
        return wrong
    }
    let token = record.tokens[fresh.token]
    if record.cautious, token.kind == .hotp { return Judgement(.refused(.damaged)) }
    var right = Judgement(
        .accepted(
            Acceptance(
                method: token.kind == .totp ? .totp : .hotp, isPair: true, token: token.label,
                backupCodesLeft: record.backupCodes.left)))
    right.spent = [fresh]
    return right
}

private func judgeBackup(
    _ record: borrowing Record, _ attempt: borrowing Attempt, _ place: Throttle.Place, now: Int64
) -> Judgement {
    let match = record.backupCodes.index(ofHash: attempt.backupHash.bytes)
    if let until = record.throttle[share: place].backupCodes.end(at: now) {
        return Judgement(.refused(.tooSoon(until: until)))
    }
    guard let index = match else {
        var wrong = Judgement(.refused(.wrongCode))
        wrong.backupPause = Pause(since: now, duration: Record.backupCodePause)
        return wrong
    }
    guard record.backupCodes.entries[index].spentAt == 0 else { return Judgement(.refused(.alreadyUsed)) }
    if record.cautious { return Judgement(.refused(.damaged)) }
    var right = Judgement(
        .accepted(Acceptance(method: .backupCode, token: [], backupCodesLeft: record.backupCodes.left - 1)))
    right.spentCode = index
    return right
}

extension Record {
    /// Takes back the benefit of the doubt after one of the record's two slots was found damaged: the older slot that
    /// is left may not know of the last login, so every TOTP step that could have been spent by now counts as spent,
    /// and HOTP and backup codes wait for a fresh TOTP step.
    ///
    /// A record without a TOTP token has nothing to wait for; what it spends stands in both slots already.
    package mutating func becomeCautious(rules: VerificationRules, now: Int64) {
        guard tokens.contains(where: { $0.kind == .totp }) else { return }
        cautious = true
        for index in tokens.indices where tokens[index].kind == .totp {
            // Two consecutive codes reach further than one.
            let last = Candidates(tokens[index], pairs: true, rules: rules, now: now).range.upperBound
            spend(index, floor: last + 1, lastUsed: tokens[index].lastUsed)
        }
    }
}
