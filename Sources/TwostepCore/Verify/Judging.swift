internal import Crypto

/// A verdict, and what is to be spent or charged for it.
struct Judgement {
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

func judgeOneTime(
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

func judgePair(
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

func judgeBackup(
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
