internal import Crypto

/// Judging answers against the store.
struct Judge {
    let request: LoginRequest
    private var trouble: StoreError?
    private var wasEnrolled = false
    /// Whether one of the record's slots was found damaged. The first look mends it.
    private var slotDamaged = false
    /// By what an accepted code is remembered; nil where none is.
    private var mark: RememberedLogin.Mark?

    init(request: LoginRequest) {
        self.request = request
        trouble = request.trouble
    }

    private func report(_ outcome: Outcome) -> LoginReport { LoginReport(outcome: outcome, slotDamaged: slotDamaged) }

    /// What can be decided without asking: somebody proven to have no record may pass, and a registered security key
    /// is the second step.
    mutating func beforeAsking<S: CredentialStore & ~Copyable>(_ store: inout S, _ now: () -> Int64?) -> LoginReport? {
        guard trouble == nil, let account = request.account else { return nil }
        do throws(StoreError) {
            // Only where somebody without a record may pass does anything depend on the store before the answer.
            if request.mightPassUnenrolled(now()) || request.mayEnrol {
                let standing = try store.standing(of: account)
                wasEnrolled = standing != .unenrolled
                if !wasEnrolled, let pass = try request.passOfUnenrolled(now()) { return report(.passed(pass)) }
                if standing != .enrolled, request.mayEnrol { return report(.mayEnrol) }
            }
            guard let key = request.securityKey, try store.hasSecurityKey(key, account) else { return nil }
            let updated = try update(&store, Attempt(securityKey: key, source: request.source), now)
            guard !updated.isDecoy, case .accepted(let acceptance) = updated.verdict else { return nil }
            return report(.accepted(acceptance))
        } catch {
            trouble = error
            return nil
        }
    }

    /// Whether the person need not be asked, since they were a while ago. A store that cannot say has them asked.
    @inline(never)
    mutating func recall<S: CredentialStore & ~Copyable>(_ store: inout S, _ uptime: () -> Int64?) -> LoginReport? {
        guard trouble == nil, let text = request.recurringText, let now = uptime() else { return nil }
        let login = RecurringLogin(text: text, period: Int64(request.configuration.remember), now: now)
        do throws(StoreError) {
            let recalled = try store.recall(login, of: request.subject)
            mark = recalled.mark
            guard recalled.isRemembered else { return nil }
            return report(.accepted(Acceptance(method: .remembered, token: [], backupCodesLeft: 0)))
        } catch {
            return nil
        }
    }

    /// Where the person may know: that single codes are not looked at just now. A store that cannot say is none of this
    /// moment's business.
    func closed<S: CredentialStore & ~Copyable>(_ store: inout S, _ now: () -> Int64?) -> Outcome? {
        guard request.configuration.explain, !request.silent, let account = request.account, let now = now()
        else { return nil }
        do throws(StoreError) {
            let until = try store.closedUntil(
                account, from: request.source, rules: request.configuration.rules, now: now)
            return until.map { .refused(.locked(until: $0)) }
        } catch {
            return nil
        }
    }

    /// Judges one answer.
    mutating func judge<S: CredentialStore & ~Copyable>(
        _ answer: consuming SecretBytes, _ store: inout S, _ now: () -> Int64?, _ uptime: () -> Int64? = { nil }
    ) -> LoginReport {
        if let trouble { return report(.unavailable(trouble)) }
        let code = TypedCode.read(answer)
        do throws(StoreError) {
            let hash = try hashIfBackup(code, &store)
            let attempt = Attempt(code: code, backupHash: hash, source: request.source)
            // First, since it says whether a slot was damaged.
            let updated = try update(&store, attempt, now, uptime)
            return report(outcome(of: updated))
        } catch {
            return report(.unavailable(error))
        }
    }

    /// Reads the record, or a decoy, under its lock and the clock after that, judges, and writes the record back.
    private mutating func update<S: CredentialStore & ~Copyable>(
        _ store: inout S, _ attempt: borrowing Attempt, _ now: () -> Int64?, _ uptime: () -> Int64? = { nil }
    ) throws(StoreError) -> Updated {
        guard now() != nil else { throw StoreError(.clockUnavailable) }
        let rules = request.configuration.rules
        var damaged = false
        let mark = mark
        let updated = try store.update(request.subject) { (record, health, crypto) throws(CryptoError) in
            guard let now = now() else { throw .failed }
            if health == .oneSlotDamaged {
                damaged = true
                record.becomeCautious(rules: rules, now: now)
            }
            let counted = record.counted
            let verdict = try verify(&record, attempt, rules: rules, now: now, crypto: crypto)
            if case .accepted = verdict, let mark, let now = uptime() { record.remember(mark, at: now) }
            // A counter value or a backup code could come back if the one slot that says so were damaged. For TOTP the
            // clock answers that (`Record.becomeCautious`).
            return RecordUpdate(verdict, inBothSlots: record.counted != counted)
        }
        slotDamaged = slotDamaged || damaged
        return updated
    }

    /// What a verdict means for the login. A decoy's means nothing.
    private func outcome(of updated: Updated) -> Outcome {
        if updated.isDecoy {
            if wasEnrolled { return .unavailable(StoreError(.recordVanished)) }
            return .refused(request.account == nil ? .unknownUser : .notEnrolled)
        }
        return switch updated.verdict {
        case .accepted(let acceptance): .accepted(acceptance)
        // The step may be spent or not: the slot that would say so is gone.
        case .refused(.alreadyUsed) where slotDamaged: .refused(.damaged)
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

extension Record {
    /// Changes whenever a counter value or a backup code is spent.
    fileprivate var counted: Int64 {
        var counted = Int64(backupCodes.left)
        for token in tokens where token.kind == .hotp { counted &-= token.floor }
        return counted
    }
}
