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
    if let until = record.lockout.closed(at: now) { return .refused(.locked(until: until)) }
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
    /// The token that an unspent step or counter value matched, and that value.
    var fresh: (token: Int, moment: Int64)?
    /// Whether a spent one matched.
    var used = false
}

private func verifyOneTime(
    _ record: inout Record, code: Span<UInt8>, rules: VerificationRules, now: Int64, crypto: borrowing Libcrypto
) throws(CryptoError) -> Verdict {
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
            } else if match.fresh == nil {
                match.fresh = (index, moment)
            }
        }
    }
    guard let fresh = match.fresh else { return .refused(match.used ? .alreadyUsed : .wrongCode) }
    let token = record.tokens[fresh.token]
    if record.cautious, token.kind == .hotp { return .refused(.damaged) }
    record.cautious = false
    record.spend(fresh.token, floor: fresh.moment + 1, lastUsed: now)
    return .accepted(
        Acceptance(
            method: token.kind == .totp ? .totp : .hotp, token: token.label, backupCodesLeft: record.backupCodes.left))
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
