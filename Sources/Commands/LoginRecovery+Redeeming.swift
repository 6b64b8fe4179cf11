internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Coming with a token: by mail, with the answers to security questions; or an administrator's.
extension LoginRecovery where Person: ~Copyable {
    /// The questions that somebody is asked, and what their answers are hashed with.
    private struct Questions {
        let texts: [[UInt8]]
        let setting: [UInt8]
    }

    func redeem(_ answer: consuming SecretBytes, _ settings: RecoverySettings) throws(RecoveryEnd) -> EnrolmentEnd {
        let token = RecoveryToken.read(answer.bytes)
        var presented: PresentedRecovery?
        var isDecoy = try update { (record, now, crypto) throws(CryptoError) in
            presented = try record.admit(recovery: token, from: login.request.source, now: now, crypto: crypto)
            return presented != nil
        }
        if presented == nil || isDecoy {
            let hashes = try settings.isByEmail ? askQuestions(settings) : []
            isDecoy = try update { (record, now, crypto) throws(CryptoError) in
                let found = try record.present(
                    recovery: token, answers: hashes, from: login.request.source, now: now, crypto: crypto)
                presented = found
                if case .accepted = found { return true }
                return false
            }
        }
        guard !isDecoy, let account = login.request.account, case .accepted(let grant, let isAgain) = presented else {
            refuse(presented, isDecoy: isDecoy)
            throw .refused
        }
        log(.recovered, of: grant, isAgain: isAgain)
        endSessions(of: account, grant)
        login.tell("twostep: that was right; what let you in before does not count any more")
        return LoginEnrolment(login, of: account).run(recoveredBy: grant)
    }

    private func refuse(_ presented: PresentedRecovery?, isDecoy: Bool) {
        switch presented {
        case _ where isDecoy: log(.recoveryRefused, reason: reasonOfDecoy)
        case .wrongAnswers(let grant): log(.recoveryRefused, reason: "wrong-answers", of: grant)
        case .void(let grant): log(.recoveryRefused, reason: "void", of: grant)
        case .expired(let grant): log(.recoveryRefused, reason: "expired", of: grant)
        case .locked(let grant, _): log(.recoveryRefused, reason: "locked", of: grant)
        case .tooSoon: log(.recoveryRefused, reason: "too-soon")
        case .notRecoverable: log(.recoveryRefused, reason: "not-recoverable")
        case .wrongToken, .accepted, nil: log(.recoveryRefused, reason: "wrong-token")
        }
        // Whatever it was: who does not have the token learns nothing of it.
        login.tell("twostep: that does not let you in", isError: true)
        login.tell("twostep: check what you typed, or ask your administrator", isError: true)
    }

    // MARK: Questions

    /// - Returns: bcrypt of each answer: one for each, whatever was answered, and whoever it was.
    private func askQuestions(_ settings: RecoverySettings) throws(RecoveryEnd) -> [[UInt8]] {
        let questions = try lookUp(settings)
        login.tell("twostep: answer your questions; case, spaces and signs do not count")
        var hashes: [[UInt8]] = []
        for question in questions.texts {
            let prompt = String(decoding: question, as: UTF8.self) + " "
            guard let typed = login.console.ask(prompt, echo: login.request.options.echoCode, always: true) else {
                throw .noAnswer
            }
            hashes.append(try hash(typed, questions.setting))
        }
        return hashes
    }

    private func hash(_ typed: borrowing SecretBytes, _ setting: [UInt8]) throws(RecoveryEnd) -> [UInt8] {
        do throws(CryptoError) {
            let answer = LoginRecovery.normalise(typed)
            let hash = try Bcrypt.hash(answer.bytes, setting: setting.span)
            return hash.array
        } catch {
            throw .unavailable(StoreError(.cryptoUnavailable, cause: "bcrypt"))
        }
    }

    /// What can be nobody's answer costs as much.
    private static func normalise(_ typed: borrowing SecretBytes) -> SecretBytes {
        do throws(TypedAnswer.Problem) { return try TypedAnswer.normalise(typed) } catch {
            let none: [UInt8] = [UInt8(ascii: "-")]
            return SecretBytes(copying: none.span)
        }
    }

    /// Those that the record has; for anybody else those that a keyed hash of the name chooses.
    private func lookUp(_ settings: RecoverySettings) throws(RecoveryEnd) -> Questions {
        let list: QuestionList
        do throws(Failure) { list = try readQuestionList(settings) } catch {
            throw .unavailable(StoreError(.configInvalid, cause: Array(error.message.utf8)))
        }
        let name = login.request.account?.name ?? login.request.subject.name
        var found: Result<SecurityAnswers?, DecodeError>?
        var texts: [[UInt8]] = []
        var setting: [UInt8] = []
        var store = Store(login.request.configuration)
        do throws(StoreError) {
            setting = try store.backupSetting(of: login.request.subject)
            try store.withOpen { (store) throws(StoreError) in
                texts = try store.securityQuestions(for: name, of: list.questions)
                found = try store.peekAlike(login.request.subject) { record in
                    do throws(DecodeError) { return .success(try record.securityAnswers()) } catch {
                        return .failure(error)
                    }
                }
            }
        } catch {
            throw .unavailable(error)
        }
        switch found {
        case .failure(let error): throw .unavailable(StoreError(error))
        case .success(.some(let own)): return Questions(texts: own.questions, setting: own.setting)
        case .success(.none), .none: return Questions(texts: texts, setting: setting)
        }
    }

    // MARK: Records

    /// Judges something against the record, or a decoy where there is none, and writes it to both slots: what was given out
    /// or taken must not come back with an older state.
    ///
    /// - Parameter body: whether it was right.
    /// - Returns: whether it was a decoy.
    func update(
        _ body: (inout Record, Int64, borrowing Libcrypto) throws(CryptoError) -> Bool
    ) throws(RecoveryEnd) -> Bool {
        do throws(StoreError) {
            return try login.update { (record, now, crypto) throws(CryptoError) in
                RecordUpdate(isRight: try body(&record, now, crypto), inBothSlots: true)
            }
        } catch {
            throw .unavailable(error)
        }
    }

    // MARK: Sessions

    /// Has every session of the user ended, before they have a new one, by the process that may: it says when it is done, or
    /// the log says that it has not.
    private func endSessions(of account: Account, _ grant: RecoveryGrant) {
        let request = SessionRequest(user: account.name, uid: account.uid, grant: grant.name)
        var reason = SessionReason.nobody
        do throws(SystemError) {
            let pipe = try Pipe()
            let isTaken = sendRequest(
                request.line.span, answerAt: pipe.writing, within: HandingOver.patience)
            let answer = Pipe.keepReading(pipe)
            if isTaken {
                reason = .noAnswer
                answer.waitForInput(SessionRequest.patience)
                var room: [UInt8] = [0]
                var span = room.mutableSpan
                try answer.waitForNothing()
                // Whatever it says, the log has it.
                if try answer.readSome(into: &span) == 1 { return }
            }
        } catch {}
        var line = EventLine(.sessionsNotEnded, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("user", account.name)
        line.add("grant", grant.name)
        login.write(line)
    }
}
