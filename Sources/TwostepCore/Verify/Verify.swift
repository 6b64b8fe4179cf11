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
