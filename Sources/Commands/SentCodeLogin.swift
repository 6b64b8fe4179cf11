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
    /// Milliseconds after which everybody is asked, whether or not a code was handed over.
    private static var askedAfter: Int64 { 400 }
    /// Milliseconds within which a code is handed over, where the delivery's queue is full.
    private static var handedOverWithin: Int64 { 300 }

    private let login: LoginInHand<Person>
    /// Nil where the configuration says nothing that can be understood.
    private let settings: DeliverySettings?
    private let flaw: [UInt8]

    package init(_ login: LoginInHand<Person>) {
        self.login = login
        do throws(Failure) {
            settings = try readDeliverySettings(at: login.configurationPath)
            flaw = []
        } catch {
            settings = nil
            flaw = Array(error.message.utf8)
        }
    }

    /// Whether an answer asks for a code, as this site is set up; what does not is judged as one.
    package func serves(_ answer: borrowing SecretBytes) -> Bool {
        guard case .send = ServiceAnswer.read(answer, request.configuration) else { return false }
        guard let settings else { return true }
        return settings.command != nil
    }

    /// Has a code sent, asks for it, and judges what comes; what came of it is logged before this returns.
    package func run() -> FinalVerdict {
        let begun = monotonicMilliseconds()
        var trouble = settings == nil ? StoreError(.configInvalid, cause: flaw) : nil
        do throws(StoreError) { if trouble == nil { try send(since: begun) } } catch { trouble = error }
        pause(milliseconds: max(begun + Self.askedAfter - monotonicMilliseconds(), 0))
        login.tell(
            "twostep: if this site knows how to reach you, a code is on its way",
            "twostep: it counts once, for five minutes; if you are cut off, log in again and type send")
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
    ///
    /// - Parameter begun: milliseconds, by the monotonic clock.
    private func send(since begun: Int64) throws(StoreError) {
        let code = try makeCode()
        let salt = try random(CodeHash.saltSize).array
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
        let head = DeliverRequest(user: account.name).line
        let shown = BackupCode.display(code.bytes)
        var datagram = SecretBytes(capacity: head.count + shown.count)
        datagram.append(contentsOf: head.span)
        datagram.append(contentsOf: shown.bytes)
        let patience = max(begun + Self.handedOverWithin - monotonicMilliseconds(), 0)
        guard sendRequest(datagram.bytes, within: patience) else { return logNotSent("no-delivery") }
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

    private func makeCode() throws(StoreError) -> SecretBytes {
        while true {
            let bits = try random(BackupCode.randomSize)
            if let code = BackupCode.make(random: bits.bytes) { return code }
        }
    }

    private func random(_ count: Int) throws(StoreError) -> SecretBytes {
        do throws(CryptoError) { return try SecretBytes.random(count) } catch {
            throw StoreError(.cryptoUnavailable, cause: "getrandom")
        }
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
