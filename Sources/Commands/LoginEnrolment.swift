internal import Crypto
internal import Linux
package import TwostepCore
internal import Vault

/// Enrolling at a login, for the service: somebody has typed the password, must have a second step, and has none.
///
/// Each step is durable before the next one begins, so that a login that is cut off is taken up by the next; what that
/// takes says `EnrolmentStep`. Nobody is let in before the end, and nothing is locked while somebody types (law 6).
package struct LoginEnrolment<Person: Conversation & ~Copyable> {
    let login: LoginInHand<Person>
    let account: Account
    let desk: Desk

    /// - Parameter account: the one that the login is for.
    package init(_ login: LoginInHand<Person>, of account: Account) {
        self.login = login
        self.account = account
        desk = Desk(login.console, login.request.configuration, from: login.configurationPath)
    }

    /// The whole dialogue; how it ended is logged before this returns.
    ///
    /// - Parameter grant: by what recovery has just shown, in this conversation, that it is the owner: they enrol anew.
    ///   Their record must say so already.
    package func run(recoveredBy grant: RecoveryGrant? = nil) -> EnrolmentEnd {
        let end: EnrolmentEnd
        do throws(EnrolmentEnd) {
            try enrol(recoveredBy: grant)
            end = .enrolled
        } catch {
            end = error
        }
        log(end)
        tell(end)
        return end
    }

    private func enrol(recoveredBy grant: RecoveryGrant?) throws(EnrolmentEnd) {
        login.tell("twostep: you must set up a second step before you can log in here")
        let begun: Enrolment
        if let grant { begun = try begin(recoveredBy: grant) } else { begun = try open(look()) }
        if begun.stage == .shown {
            try prove(begun)
        } else {
            login.tell("twostep: your app works; what is left are the backup codes")
        }
        try complete(begun.id, begun.proof, recoveredBy: grant)
    }

    // MARK: Beginning and going on

    /// What must be shown first, by the record as it is now.
    private func look() throws(EnrolmentEnd) -> EnrolmentStep {
        let now = try clock()
        let setting = login.request.configuration.enrollAtLogin
        let found: Result<EnrolmentStep?, DecodeError>?
        var store = Store(login.request.configuration)
        do throws(StoreError) {
            found = try store.withOpen { (store) throws(StoreError) in
                try store.peek(account) { record in
                    do throws(DecodeError) { return .success(try EnrolmentStep(record, setting, now: now)) } catch {
                        return .failure(error)
                    }
                }
            }
        } catch {
            throw .unavailable(error)
        }
        switch found {
        case .none: return EnrolmentStep(withoutRecord: setting)
        case .success(.some(let step)): return step
        case .success(.none): throw .refused(.changedMeanwhile)
        case .failure(let error): throw .unavailable(StoreError(error))
        }
    }

    private func open(_ step: EnrolmentStep) throws(EnrolmentEnd) -> Enrolment {
        switch step {
        case .nothing: return try begin(by: .password)
        case .invitation:
            login.tell("twostep: type the enrolment code that your administrator gave you")
            return try askRepeatedly { () throws(EnrolmentEnd) in
                try present(askOrHandOver("Enrolment code: ", echo: true))
            }
        case .provenApp:
            return try askRepeatedly { () throws(EnrolmentEnd) in
                let answer = try askOrHandOver(
                    text(login.request.options.promptText), echo: login.request.options.echoCode)
                return try verify(answer, .proven)
            }
        case .shownApp:
            return try askRepeatedly { () throws(EnrolmentEnd) in
                login.tell("twostep: you began this before")
                let answer = try askOrHandOver(
                    "Type the code that your app shows, or press Enter for a new key: ", echo: true)
                if answer.count == 0 { return try begin(by: .password) }
                return try verify(answer, .shown)
            }
        }
    }

    /// As often as a login asks in one conversation.
    func askRepeatedly(_ once: () throws(EnrolmentEnd) -> Enrolment) throws(EnrolmentEnd) -> Enrolment {
        var left = max(login.request.configuration.tries, 1)
        while true {
            left -= 1
            do throws(EnrolmentEnd) { return try once() } catch {
                guard case .refused(let refusal) = error, left > 0, refusal.mayBeTriedAgain else { throw error }
                log(error)
                tell(error)
            }
        }
    }

    private func present(_ answer: borrowing SecretBytes) throws(EnrolmentEnd) -> Enrolment {
        let code = EnrolmentCode.read(answer.bytes)
        let fresh = try makeEnrolment(by: .invitation)
        var found: PresentedCode?
        var begun: Enrolment?
        try update { (record, now, crypto) throws(CryptoError) in
            let presented = try record.present(
                code, beginning: fresh, from: login.request.source, now: now, crypto: crypto)
            found = presented
            if presented == .accepted { begun = try current(record) }
            return presented == .accepted
        }
        switch found {
        case .accepted: break
        case .expired: throw .refused(.expiredEnrolmentCode)
        case .tooSoon(let until): throw .refused(.tooSoon(until: until))
        case .changedMeanwhile: throw .refused(.changedMeanwhile)
        case .wrong, nil: throw .refused(.wrongEnrolmentCode)
        }
        guard let begun = begun.take() else { throw .refused(.changedMeanwhile) }
        if begun.id == fresh.id { logBegun(.invitation) }
        return begun
    }

    /// Judges a code of an app that is not enrolled yet.
    func verify(_ answer: borrowing SecretBytes, _ stage: Enrolment.Stage) throws(EnrolmentEnd) -> Enrolment {
        let code = TypedCode.read(answer.bytes)
        let attempt = Attempt(code: code, backupHash: SecretBytes(capacity: 0), source: login.request.source)
        let rules = login.request.configuration.rules
        var verdict: Verdict?
        var begun: Enrolment?
        try update { (record, now, crypto) throws(CryptoError) in
            let found =
                stage == .proven
                ? try record.verifyProvenApp(attempt, rules: rules, now: now, crypto: crypto)
                : try record.verifyShownApp(attempt, rules: rules, now: now, crypto: crypto)
            verdict = found
            guard case .accepted = found else { return false }
            begun = try current(record)
            return true
        }
        if case .refused(let refusal) = verdict { throw .refused(.code(refusal)) }
        guard let begun = begun.take() else { throw .refused(.changedMeanwhile) }
        return begun
    }

    // MARK: The rest of it

    private func prove(_ begun: borrowing Enrolment) throws(EnrolmentEnd) {
        let token = begun.token
        let wish = TokenWish(
            kind: token.kind, algorithm: token.algorithm, digits: token.digits, period: token.period,
            label: token.label, issuer: desk.siteName)
        let floor: Int64
        do {
            floor = try Dialogue(desk: desk).prove(NewToken(account: account, wish: wish, secret: begun.key.copy()))
        } catch {
            throw end(after: error)
        }
        let id = begun.id
        try change { (record, _) throws(DecodeError) in
            guard var enrolment = try record.enrolment(), enrolment.id == id, enrolment.stage == .shown else {
                return false
            }
            enrolment.stage = .proven
            enrolment.token.floor = floor
            try record.keep(enrolment)
            return true
        }
    }

    private func complete(
        _ id: [UInt8], _ proof: Enrolment.Proof, recoveredBy grant: RecoveryGrant?
    ) throws(EnrolmentEnd) {
        let hashes: BackupCodeSet
        do {
            let codes = try NewBackupCodes(count: login.request.configuration.backupCodes)
            if codes.count > 0 { try Dialogue(desk: desk).show(codes, of: text(account.name), step: "Your") }
            try codes.tellOfHashing(desk)
            hashes = try codes.hashes(cost: login.request.configuration.bcryptCost)
        } catch {
            throw end(after: error)
        }
        var missing: [WayBackPart] = []
        var formerAddress: String?
        try change { (record, now) throws(DecodeError) in
            if grant != nil, try !record.isRedeemed(grant) { return false }
            guard let enrolment = try record.enrolment(), enrolment.id == id,
                try record.complete(with: hashes, now: now)
            else { return false }
            record.throttle.settle(at: now)
            record.throttle.succeed(from: login.request.source, at: now)
            missing = WayBackPart.missing(in: record)
            formerAddress = WayBackPart.formerAddress(in: record)
            return true
        }
        var line = EventLine(.enrolledAtLogin, severity: .notice)
        login.addWho(to: &line)
        line.add("proof", proof.name)
        line.add("token", Enrolment.label)
        if let grant { line.add("grant", grant.name) }
        login.write(line)
        login.tell("twostep: your second step is set up; from now on you are asked for a code")
        tellOfWayBack(missing, formerAddress: formerAddress)
    }

    /// What a dialogue that threw comes to.
    private func end(after error: any Error) -> EnrolmentEnd {
        if login.console.hasFailed { return .noAnswer }
        if let failure = error as? Failure { failure.tell(login.console) }
        return .refused(.unfinished)
    }
}
