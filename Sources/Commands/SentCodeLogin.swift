package import Crypto
internal import Linux
internal import Notices
package import TwostepCore
internal import Vault

/// A login by a code that the site sends by a way of its own (`deliver_command`), for the service: somebody has typed `send`
/// at the prompt.
///
/// Whoever they are, and whether or not a code is sent, they see and wait for the same, and as much is written (law 8).
package struct SentCodeLogin<Person: Conversation & ~Copyable> {
    private let login: LoginInHand<Person>
    private let settings: FoundSettings<DeliverySettings>

    package init(_ login: LoginInHand<Person>) {
        self.login = login
        settings = FoundSettings { () throws(Failure) in try readDeliverySettings(at: login.configurationPath) }
    }

    /// Whether an answer asks for a code, as this site is set up; what does not is judged as one.
    package func serves(_ answer: borrowing SecretBytes) -> Bool {
        guard case .send = ServiceAnswer.read(answer) else { return false }
        guard let delivery = settings.understood else { return true }
        return delivery.command != nil
    }

    /// Has a code sent, asks for it, and judges what comes; what came of it is logged before this returns.
    package func run() -> FinalVerdict {
        let wait = AlikeWait()
        var trouble = settings.problem
        do throws(StoreError) { if trouble == nil { try send(wait) } } catch { trouble = error }
        wait.rest()
        login.tell(
            "twostep: if this site knows how to reach you, a code is on its way",
            "twostep: it counts once, for five minutes",
            "twostep: if you are cut off, log in again and type send")
        let answer = login.console.ask("Code that was sent: ", echo: request.options.echoCode, always: true)
        let outcome: Outcome
        switch consume answer {
        case .none: outcome = .noAnswer
        case .some(let answer):
            if let trouble {
                outcome = .unavailable(trouble)
            } else {
                do throws(StoreError) { outcome = try judge(answer) } catch { outcome = .unavailable(error) }
            }
        }
        login.write(outcome.eventLine(request, from: login.origin))
        tell(outcome, request, &login.console.person, wallClock())
        return FinalVerdict(outcome, explained: request.configuration.explain)
    }

    private var request: LoginRequest { login.request }

    // MARK: Sending

    /// Makes a code, keeps its hash, and has it sent where one may be.
    private func send(_ wait: AlikeWait) throws(StoreError) {
        let code = try newBackupCode(login.random)
        let salt = try login.random(CodeHash.saltSize).array
        var hindrance: NotSent?
        // On the disk before it is on its way.
        let isDecoy = try login.update { (record, now, crypto) throws(CryptoError) in
            hindrance = try record.send(code.bytes, salt: salt, now: now, crypto: crypto)
            // The store does for everybody what it does for whoever is refused.
            return RecordUpdate(isRight: false, inBothSlots: true)
        }
        guard !isDecoy, let account = request.account else {
            return logNotSent(request.account == nil ? "unknown-user" : "not-enrolled")
        }
        if let hindrance { return logNotSent(hindrance.reason) }
        let shown = BackupCode.display(code.bytes)
        let datagram = CodeDatagram.make(DeliverRequest(user: account.name).line, shown.bytes)
        guard sendRequest(datagram.bytes, within: wait.leftForRoom) else { return logNotSent("no-delivery") }
        var line = EventLine(.codeRequested, severity: .notice)
        login.addWho(to: &line)
        login.write(line)
    }

    private func logNotSent(_ reason: StaticString) {
        var line = EventLine(.codeNotSent, severity: .notice)
        line.add("reason", reason)
        login.addWho(to: &line)
        login.write(line)
    }

    // MARK: Judging

    private func judge(_ answer: consuming SecretBytes) throws(StoreError) -> Outcome {
        let typed = TypedCode.read(answer)
        var code = SecretBytes(capacity: BackupCode.size)
        if typed.kind == .backup { code.append(contentsOf: typed.text.bytes) }
        var verdict = Verdict.refused(.notEnrolled)
        // What was sent, spent or void must not come back with an older state.
        let isDecoy = try login.update { (record, now, crypto) throws(CryptoError) in
            verdict = try record.present(sent: code.bytes, from: request.source, now: now, crypto: crypto)
            return RecordUpdate(verdict, inBothSlots: true)
        }
        if isDecoy { return .refused(request.account == nil ? .unknownUser : .notEnrolled) }
        return switch verdict {
        case .accepted(let acceptance): .accepted(acceptance)
        case .refused(let refusal): .refused(refusal)
        }
    }
}
