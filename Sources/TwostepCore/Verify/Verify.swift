package import Crypto

/// Judges an attempt and charges it to the record. Pure but for the hashing: whoever calls this must write the record
/// back before the verdict leaves (law 2).
///
/// Everything that could match is computed and compared, whether or not something has matched already, so that the
/// time depends on the record alone.
///
/// - Parameters:
///   - record: changed to say what was spent or charged.
///   - now: seconds since the epoch.
package func verify(
    _ record: inout Record, _ attempt: borrowing Attempt, rules: VerificationRules, now: Int64,
    crypto: borrowing Libcrypto
) throws(CryptoError) -> Verdict {
    switch record.state {
    case .active: break
    case .pending: return .refused(.notEnrolled)
    case .mustReenrol: return .refused(.mustReenrol)
    case .disabled: return .refused(.disabled)
    }
    if let until = record.lockout.closed(at: now) {
        record.lockout.lockedUntil = until
        return .refused(.locked(until: until))
    }
    let verdict: Verdict
    switch attempt.code.kind {
    case .malformed: return .refused(.malformed)
    case .oneTime:
        verdict = try verifyOneTime(&record, code: attempt.code.text.bytes, rules: rules, now: now, crypto: crypto)
    case .backup: verdict = verifyBackup(&record, attempt, now: now)
    }
    switch verdict {
    case .accepted:
        record.lockout.clear()
        record.confirmed = true
    case .refused(.wrongCode):
        record.lockout.charge(now: now, deny: rules.deny, unlockTime: rules.unlockTime)
    // Who presents a code that is or was right is not guessing.
    case .refused: break
    }
    return verdict
}

/// What is kept while all candidates are compared.
private struct Match {
    /// For each token that an unspent step or counter value matched, the highest such value: one code stands for two
    /// steps of a window once in a million times, and both are spent then.
    var fresh: [(token: Int, moment: Int64)] = []
    /// Whether a spent one matched.
    var used = false

    mutating func note(token: Int, moment: Int64) {
        if let last = fresh.last, last.token == token {
            fresh[fresh.count - 1].moment = max(last.moment, moment)
        } else {
            fresh.append((token, moment))
        }
    }
}

private func verifyOneTime(
    _ record: inout Record, code: Span<UInt8>, rules: VerificationRules, now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Verdict {
    let match = try compare(record, code: code, rules: rules, now: now, crypto: crypto)
    guard let first = match.fresh.first else { return .refused(match.used ? .alreadyUsed : .wrongCode) }
    let isTimed = match.fresh.contains { record.tokens[$0.token].kind == .totp }
    if record.cautious, !isTimed { return .refused(.damaged) }
    if isTimed { record.cautious = false }
    for spent in match.fresh { record.spend(spent.token, floor: spent.moment + 1, lastUsed: now) }
    return .accepted(
        Acceptance(
            method: isTimed ? .totp : .hotp, token: record.tokens[first.token].label,
            backupCodesLeft: record.backupCodes.left))
}

/// Compares `code` with every candidate of every token, each in constant time.
private func compare(
    _ record: borrowing Record, code: Span<UInt8>, rules: VerificationRules, now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Match {
    var match = Match()
    var expected = SecretBytes(capacity: HOTP.workSize)
    for index in record.tokens.indices {
        let token = record.tokens[index]
        for moment in candidates(token, rules: rules, now: now) {
            try record.withKey(of: token) { (key) throws(CryptoError) in
                try HOTP.compute(
                    key: key, counter: UInt64(moment), algorithm: token.algorithm, digits: token.digits, crypto: crypto,
                    into: &expected)
            }
            guard equalInConstantTime(expected.bytes, code) else { continue }
            // At the limit the floor cannot move on, so nothing there may be accepted.
            if moment < token.floor || moment >= Token.counterLimit {
                match.used = true
            } else {
                match.note(token: index, moment: moment)
            }
        }
    }
    return match
}

/// The time steps or counter values whose codes are compared: for TOTP the window around now, spent ones included, so
/// that a used code can be told from a wrong one; for HOTP the look-ahead and the value spent last.
private func candidates(_ token: Token, rules: VerificationRules, now: Int64) -> ClosedRange<Int64> {
    switch token.kind {
    case .totp:
        let step = min(max(TOTP.step(at: now, period: token.period) + Int64(token.drift), 0), Token.counterLimit)
        let window = Int64(rules.window)
        return max(step - window, 0)...(step + window)
    case .hotp:
        return max(token.floor - 1, 0)...(token.floor + VerificationRules.lookAhead - 1)
    }
}

private func verifyBackup(_ record: inout Record, _ attempt: borrowing Attempt, now: Int64) -> Verdict {
    guard let index = record.backupCodes.index(ofHash: attempt.backupHash.bytes) else {
        return .refused(.wrongCode)
    }
    guard record.backupCodes.entries[index].spentAt == 0 else { return .refused(.alreadyUsed) }
    if record.cautious { return .refused(.damaged) }
    record.backupCodes.entries[index].spentAt = max(now, 1)
    return .accepted(Acceptance(method: .backupCode, token: [], backupCodesLeft: record.backupCodes.left))
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
            let last = candidates(tokens[index], rules: rules, now: now).upperBound
            spend(index, floor: last + 1, lastUsed: tokens[index].lastUsed)
        }
    }
}
