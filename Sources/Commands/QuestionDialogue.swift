internal import Crypto
internal import Notices
internal import TwostepCore
internal import Vault

/// How somebody's security questions are answered: for `contact --questions`, and at the end of `enroll`.
struct QuestionDialogue {
    let account: Account
    let desk: Desk
    /// Whether answers are shown as they are typed.
    let echo: Bool
    let json: Bool

    /// How often an answer may be none.
    private static let tries = 5

    /// The questions that this user is asked.
    func questions(_ settings: RecoverySettings) throws -> [[UInt8]] {
        let list: QuestionList
        do throws(Failure) { list = try readQuestionList(settings) } catch {
            throw Failure(error.message, hint: error.hint.map(desk.cure), error.status)
        }
        return try desk.withStore { (store) throws(StoreError) in
            try store.securityQuestions(for: account.name, of: list.questions)
        }
    }

    /// Has each answered twice.
    ///
    /// - Returns: bcrypt of each answer, 60 bytes, under one setting; nil where somebody leaves one out.
    func ask(_ questions: [[UInt8]]) throws -> [[UInt8]]? {
        let setting = try newSetting()
        var hashes: [[UInt8]] = []
        for (index, question) in questions.enumerated() {
            try desk.sayUnless(json, "\(index + 1). \(printable(text(question)))")
            guard let hash = try ask(setting, not: hashes) else { return nil }
            hashes.append(hash)
        }
        return hashes
    }

    private func newSetting() throws -> [UInt8] {
        do throws(CryptoError) { return try Bcrypt.newSetting(cost: desk.configuration.bcryptCost) } catch {
            throw Failure.noBcrypt
        }
    }

    private func ask(_ setting: [UInt8], not others: [[UInt8]]) throws -> [UInt8]? {
        for _ in 0..<QuestionDialogue.tries {
            guard let typed = desk.console.ask("   Answer: ", echo: echo, always: false), typed.count > 0 else {
                return nil
            }
            guard let answer = normalise(typed) else { continue }
            guard let again = desk.console.ask("   Again:  ", echo: echo, always: false) else { return nil }
            guard isSame(again, answer) else {
                desk.sayOnError("twostep: that is another answer")
                desk.sayOnError("twostep: type the same one twice")
                continue
            }
            let hash = try hash(answer, setting)
            guard !others.contains(hash) else {
                desk.sayOnError("twostep: that is the answer to the question before")
                desk.sayOnError("twostep: who guesses one must not have guessed both")
                continue
            }
            return hash
        }
        throw Failure(
            "no answer in \(QuestionDialogue.tries) tries; nothing was changed", hint: "start again", .dataError)
    }

    private func hash(_ answer: borrowing SecretBytes, _ setting: [UInt8]) throws -> [UInt8] {
        do throws(CryptoError) {
            let hash = try Bcrypt.hash(answer.bytes, setting: setting.span)
            return hash.array
        } catch {
            throw Failure.noBcrypt
        }
    }

    /// - Returns: nil, and says why, where that is no answer.
    private func normalise(_ typed: borrowing SecretBytes) -> SecretBytes? {
        do throws(TypedAnswer.Problem) { return try TypedAnswer.normalise(typed) } catch {
            complain(error)
            return nil
        }
    }

    private func isSame(_ typed: borrowing SecretBytes, _ answer: borrowing SecretBytes) -> Bool {
        do throws(TypedAnswer.Problem) {
            let again = try TypedAnswer.normalise(typed)
            return equalInConstantTime(again.bytes, answer.bytes)
        } catch {
            return false
        }
    }

    private func complain(_ problem: TypedAnswer.Problem) {
        let (what, hint) =
            switch problem {
            case .tooShort:
                ("too short", "at least \(TypedAnswer.shortest) letters or digits; other signs do not count")
            case .tooLong: ("too long", "at most \(SecurityAnswers.answerLimit) letters or digits")
            case .notText: ("that is no text", "use letters and digits, in UTF-8")
            }
        desk.sayOnError("twostep: \(what)")
        desk.sayOnError("twostep: \(hint)")
    }

    /// Puts the answers into the record, and logs it.
    ///
    /// - Parameter stamp: of the record that is meant.
    func save(_ hashes: [[UInt8]], to questions: [[UInt8]], of stamp: RecordStamp) throws {
        try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            try stamp.check(record, of: account)
            try record.checkIsActive(account)
            // The questions are the site's list's, which was checked: no hash, then, or one of another form.
            guard let answers = SecurityAnswers(questions, hashes: hashes, set: now) else {
                throw Failure.noBcrypt
            }
            do throws(DecodeError) { try record.keep(answers) } catch { throw Failure(appendix: error, desk) }
            try voidMailedToken(of: &record, desk)
        }
        ToolEvent(.questionsSet, account, desk).log()
    }
}
