internal import Crypto

/// A verdict, and what is to be spent or charged for it.
struct Judgement {
    let verdict: Verdict
    /// Steps and counter values that are spent now.
    var spent = Matches()
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
    guard match.isRight else {
        var wrong = Judgement(.refused(match.used ? .alreadyUsed : .wrongCode))
        // Who presents a code that was right is not guessing.
        if !match.used { wrong.cost = match.cost }
        return wrong
    }
    return accept(match.fresh, isPair: false, record)
}

func judgePair(
    _ record: borrowing Record, _ attempt: borrowing Attempt, _ place: Throttle.Place, rules: VerificationRules,
    now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Judgement {
    let match = try PairOfCodes(attempt.code.text.bytes, in: record, rules: rules, now: now, crypto: crypto)
    if let until = record.throttle[share: place].pairs.end(at: now) {
        return Judgement(.refused(.tooSoon(until: until)))
    }
    guard !match.fresh.isEmpty else {
        var wrong = Judgement(.refused(match.used ? .alreadyUsed : .wrongCode))
        if !match.used { wrong.pairPause = match.pause(from: now) }
        return wrong
    }
    return accept(match.fresh, isPair: true, record)
}

/// All that the code stands for is spent; the method is that of a timed token where there is one.
private func accept(_ matches: Matches, isPair: Bool, _ record: borrowing Record) -> Judgement {
    let isTimed = matches.areTimed(in: record)
    if record.cautious, !isTimed { return Judgement(.refused(.damaged)) }
    var right = Judgement(
        .accepted(
            Acceptance(
                method: isTimed ? .totp : .hotp, isPair: isPair, token: matches.label(in: record),
                backupCodesLeft: record.backupCodes.left)))
    right.spent = matches
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
