internal import Crypto

/// The login: look, ask, judge, write, answer. Nothing is locked while the person types, and everything is read again
/// after they have (law 6).
///
/// - Parameter log: called with what each answer came to, once that is durable and before the person is told anything.
package func login<C: Conversation & ~Copyable, S: CredentialStore & ~Copyable, K: LoginClock>(
    _ request: LoginRequest, conversation: inout C, store: inout S, clock: K, log: (LoginReport) -> Void
) -> Outcome {
    var judge = Judge(request: request, clock: clock, trouble: request.trouble)
    if let report = judge.beforeAsking(&store) {
        log(report)
        return report.outcome
    }
    var asking = Asking(request)
    var last = Outcome.noAnswer
    while true {
        // Some applications show a remark with the next question only, and whoever is closed out should know first.
        if asking.mayAsk, let closed = judge.closed(&store) { tell(closed, request, &conversation, now: clock.now) }
        guard let answer = asking.next(&conversation) else { break }
        let report = judge.judge(answer, &store)
        log(report)
        last = report.outcome
        tell(last, request, &conversation, now: clock.now)
        guard last.mayBeTriedAgain(request) else { return last }
    }
    // Whoever gave an answer and then no other one has been refused already.
    if case .noAnswer = last { log(LoginReport(outcome: .noAnswer, slotDamaged: false)) }
    return last
}

private func tell<C: Conversation & ~Copyable>(
    _ outcome: Outcome, _ request: LoginRequest, _ conversation: inout C, now: Int64
) {
    for line in remarks(on: outcome, request, now: now) { conversation.tell(line.text, isError: line.isError) }
}

package enum Login {
    /// The longest that a login waits for its turn after a wrong pair of codes or backup code, in seconds.
    package static var longestWait: Int64 { 20 }
}

extension Outcome {
    /// Whether another answer in the same conversation could be a better one. That somebody is locked looks like any
    /// other refusal, except where the person may know.
    fileprivate func mayBeTriedAgain(_ request: LoginRequest) -> Bool {
        switch self {
        case .refused(.locked): !request.configuration.explain
        case .refused: true
        case .accepted, .passed, .unavailable, .noAnswer: false
        }
    }
}

/// Judging answers against the store.
private struct Judge<K: LoginClock> {
    let request: LoginRequest
    let clock: K
    var trouble: StoreError?
    private var wasEnrolled = false

    init(request: LoginRequest, clock: K, trouble: StoreError?) {
        self.request = request
        self.clock = clock
        self.trouble = trouble
    }

    /// What can be decided without asking: somebody proven to have no record may pass, and a registered security key
    /// is the second step.
    mutating func beforeAsking<S: CredentialStore & ~Copyable>(_ store: inout S) -> LoginReport? {
        guard trouble == nil, let account = request.account else { return nil }
        do throws(StoreError) {
            // Only where somebody without a record may pass does anything depend on the store before the answer.
            if request.unenrolledPass {
                wasEnrolled = try store.contains(account)
                if !wasEnrolled { return LoginReport(outcome: .passed, slotDamaged: false) }
            }
            return try judgeSecurityKey(account, &store)
        } catch {
            trouble = error
            return nil
        }
    }

    private func judgeSecurityKey<S: CredentialStore & ~Copyable>(
        _ account: Account, _ store: inout S
    ) throws(StoreError) -> LoginReport? {
        guard let key = request.securityKey, try store.hasSecurityKey(key, account) else { return nil }
        var damaged = false
        let rules = request.configuration.rules
        let updated = try store.update(request.subject) { (record, health, _) in
            damaged = health == .oneSlotDamaged
            let now = clock.now
            if damaged { record.becomeCautious(rules: rules, now: now) }
            return RecordUpdate(
                verifySecurityKey(&record, key, source: request.source, now: now), inBothSlots: false)
        }
        guard !updated.isDecoy, case .accepted(let acceptance) = updated.verdict else { return nil }
        return LoginReport(outcome: .accepted(acceptance), slotDamaged: damaged)
    }

    /// Where the person may know: that single codes are not looked at just now. A store that cannot
    /// say is none of this moment's business.
    func closed<S: CredentialStore & ~Copyable>(_ store: inout S) -> Outcome? {
        guard request.configuration.explain, !request.silent, let account = request.account else { return nil }
        do throws(StoreError) {
            let until = try store.closedUntil(
                account, from: request.source, rules: request.configuration.rules, now: clock.now)
            return until.map { .refused(.locked(until: $0)) }
        } catch {
            return nil
        }
    }

    /// Judges one answer. Where that is too soon after a wrong one of its kind, it waits for its turn, with nothing
    /// locked.
    func judge<S: CredentialStore & ~Copyable>(_ answer: consuming SecretBytes, _ store: inout S) -> LoginReport {
        if let trouble { return LoginReport(outcome: .unavailable(trouble), slotDamaged: false) }
        var damaged = false
        let code = TypedCode.read(answer)
        do throws(StoreError) {
            let hash = try hashIfBackup(code, &store)
            let attempt = Attempt(code: code, backupHash: hash, source: request.source)
            var patience = Login.longestWait
            while true {
                let updated = try judge(attempt, &store, &damaged)
                if case .refused(.tooSoon(let until)) = updated.verdict {
                    let wait = until - clock.now
                    if wait > 0, wait <= patience {
                        patience -= wait
                        clock.wait(seconds: wait)
                        continue
                    }
                }
                return LoginReport(outcome: outcome(of: updated, damaged: damaged), slotDamaged: damaged)
            }
        } catch {
            return LoginReport(outcome: .unavailable(error), slotDamaged: damaged)
        }
    }

    private func judge<S: CredentialStore & ~Copyable>(
        _ attempt: borrowing Attempt, _ store: inout S, _ damaged: inout Bool
    ) throws(StoreError) -> Updated {
        let rules = request.configuration.rules
        var isDamaged = false
        let updated = try store.update(request.subject) { (record, health, crypto) throws(CryptoError) in
            let now = clock.now
            isDamaged = health == .oneSlotDamaged
            if isDamaged { record.becomeCautious(rules: rules, now: now) }
            let verdict = try verify(&record, attempt, rules: rules, now: now, crypto: crypto)
            return RecordUpdate(verdict, inBothSlots: verdict.mustOutliveDamage)
        }
        // What was damaged is mended by the first look.
        damaged = damaged || isDamaged
        return updated
    }

    /// What a verdict means for the login. A decoy's means nothing.
    private func outcome(of updated: Updated, damaged: Bool) -> Outcome {
        if updated.isDecoy {
            if wasEnrolled { return .unavailable(StoreError(.recordVanished)) }
            return .refused(request.account == nil ? .unknownUser : .notEnrolled)
        }
        return switch updated.verdict {
        case .accepted(let acceptance): .accepted(acceptance)
        // The step may be spent or not: the slot that would say so is gone.
        case .refused(.alreadyUsed) where damaged: .refused(.damaged)
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// For an answer shaped like a backup code, its hash: one bcrypt, also where there is no such user or no code, so
    /// that the time does not tell them apart (law 8).
    private func hashIfBackup<S: CredentialStore & ~Copyable>(
        _ code: borrowing TypedCode, _ store: inout S
    ) throws(StoreError) -> SecretBytes {
        guard code.kind == .backup else { return SecretBytes(capacity: 0) }
        let setting = try store.backupSetting(of: request.subject)
        do throws(CryptoError) {
            return try Bcrypt.hash(code.text.bytes, setting: setting.span)
        } catch {
            throw StoreError(.cryptoUnavailable, cause: "bcrypt")
        }
    }
}

extension Verdict {
    /// Whether a spent secret could come back if the slot that says so were damaged: a HOTP counter or a backup code.
    /// For TOTP the clock answers that (`Record.becomeCautious`).
    fileprivate var mustOutliveDamage: Bool {
        if case .accepted(let acceptance) = self { return acceptance.method != .totp }
        return false
    }
}
