internal import Crypto

/// The login: look, ask, judge, write, answer. Nothing is locked while the person types, and everything is read again
/// after they have (law 6).
///
/// - Parameters:
///   - now: the wall clock, in seconds since the epoch; read for the verdict while the record's lock is held, so that
///     no process judges by a time older than what another has written.
///   - log: called with what it came to, once that is durable and before the person is told anything.
package func login<C: Conversation & ~Copyable, S: CredentialStore & ~Copyable>(
    _ request: LoginRequest, conversation: inout C, store: inout S, now: () -> Int64,
    log: (LoginReport) -> Void
) -> Outcome {
    var trouble = request.trouble
    var wasEnrolled = false
    // Only where somebody without a record may pass does anything depend on the store before the answer.
    if trouble == nil, request.unenrolledPass, let account = request.account {
        do throws(StoreError) {
            wasEnrolled = try store.contains(account)
            if !wasEnrolled {
                log(LoginReport(outcome: .passed, slotDamaged: false))
                return .passed
            }
        } catch {
            trouble = error
        }
    }
    let report = ask(request, &conversation) { answer in
        if let trouble { return LoginReport(outcome: .unavailable(trouble), slotDamaged: false) }
        return judge(answer, request, wasEnrolled: wasEnrolled, &store, now: now)
    }
    log(report)
    for line in remarks(on: report.outcome, request, now: now()) {
        conversation.tell(line.text, isError: line.isError)
    }
    return report.outcome
}

private func ask<C: Conversation & ~Copyable>(
    _ request: LoginRequest, _ conversation: inout C, then judge: (consuming SecretBytes) -> LoginReport
) -> LoginReport {
    do throws(ConversationError) {
        return judge(try conversation.ask(request.options.prompt, echo: request.options.echoCode))
    } catch {
        return LoginReport(outcome: .noAnswer, slotDamaged: false)
    }
}

private func judge<S: CredentialStore & ~Copyable>(
    _ answer: consuming SecretBytes, _ request: LoginRequest, wasEnrolled: Bool, _ store: inout S,
    now: () -> Int64
) -> LoginReport {
    var damaged = false
    let code = TypedCode.read(answer)
    let account = request.account ?? .nobody
    do throws(StoreError) {
        let hash = try hashIfBackup(code, account, request, &store)
        let attempt = Attempt(code: code, backupHash: hash)
        let rules = request.configuration.rules
        let verdict = try store.update(account) { (record, health, crypto) throws(CryptoError) in
            let now = now()
            damaged = health == .oneSlotDamaged
            if damaged { record.becomeCautious(rules: rules, now: now) }
            let verdict = try verify(&record, attempt, rules: rules, now: now, crypto: crypto)
            return RecordUpdate(verdict, inBothSlots: verdict.mustOutliveDamage)
        }
        return LoginReport(
            outcome: outcome(of: verdict, request, wasEnrolled: wasEnrolled, damaged: damaged), slotDamaged: damaged)
    } catch {
        return LoginReport(outcome: .unavailable(error), slotDamaged: damaged)
    }
}

/// What a verdict, or its absence where there is no record, means for the login.
private func outcome(of verdict: Verdict?, _ request: LoginRequest, wasEnrolled: Bool, damaged: Bool) -> Outcome {
    switch verdict {
    case .accepted(let acceptance): .accepted(acceptance)
    // The step may be spent or not: the slot that would say so is gone.
    case .refused(.alreadyUsed) where damaged: .refused(.damaged)
    case .refused(let refusal): .refused(refusal)
    case nil where wasEnrolled: .unavailable(StoreError(.recordVanished))
    case nil: .refused(request.account == nil ? .unknownUser : .notEnrolled)
    }
}

/// For an answer shaped like a backup code, its hash: one bcrypt, also where there is no such user or no code, so that
/// the time does not tell them apart (law 8).
private func hashIfBackup<S: CredentialStore & ~Copyable>(
    _ code: borrowing TypedCode, _ account: Account, _ request: LoginRequest, _ store: inout S
) throws(StoreError) -> SecretBytes {
    guard code.kind == .backup else { return SecretBytes(capacity: 0) }
    let setting = try store.backupSetting(of: account) ?? decoySetting(cost: request.configuration.bcryptCost)
    do throws(CryptoError) {
        return try Bcrypt.hash(code.text.bytes, setting: setting.span)
    } catch {
        throw StoreError(.cryptoUnavailable, cause: "bcrypt")
    }
}

/// A bcrypt setting that no set of codes has: its salt is all zeroes, which a random one is never in practice.
private func decoySetting(cost: Int) -> [UInt8] {
    let digits = [UInt8(truncatingIfNeeded: 0x30 + cost / 10), UInt8(truncatingIfNeeded: 0x30 + cost % 10)]
    return [UInt8](text: "$2b$") + digits + [UInt8](text: "$......................")
}

extension Verdict {
    /// Whether a spent secret could come back if the slot that says so were damaged: a HOTP counter or a backup code.
    /// For TOTP the clock answers that (`Record.becomeCautious`).
    fileprivate var mustOutliveDamage: Bool {
        if case .accepted(let acceptance) = self { return acceptance.method != .totp }
        return false
    }
}
