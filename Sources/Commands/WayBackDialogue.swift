internal import Crypto
internal import Notices
internal import TwostepCore
internal import Vault

/// The end of an enrolment, where people get back in by mail: an address and answers to questions, each of which may be
/// left out. Whatever becomes of it, they are enrolled.
struct WayBackDialogue {
    let account: Account
    let desk: Desk
    /// As the user was named.
    let name: String

    private static let tries = 3

    func offer() throws {
        do {
            guard let settings = try? readRecoverySettings(at: desk.configurationPath), settings.isByEmail else {
                return
            }
            let (created, contact, isAnswered) = try lookAtRecord(account, desk) { (record) throws(Failure) in
                (record.created, Contact(of: record), ((try? record.securityAnswers()) ?? nil) != nil)
            }
            guard contact == nil || !isAnswered else { return }
            try desk.say(
                "\nWho loses the app and the backup codes gets back in by a mail and the answers to questions.",
                isDone: true)
            if contact == nil { guard try offerAddress(created) else { return } }
            if !isAnswered { try offerQuestions(settings, created) }
        } catch let failure as Failure where !failure.leavesDoubt {
            failure.tell(desk.console)
        }
    }

    /// - Returns: whether there is one, be it that it waits for its code.
    private func offerAddress(_ created: Int64) throws -> Bool {
        let dialogue = ContactDialogue(account: account, desk: desk, name: name, json: false)
        for _ in 0..<WayBackDialogue.tries {
            guard let typed = desk.console.ask("Your mail address (Enter: none): ", echo: true, always: false),
                typed.count > 0
            else { break }
            let address: EmailAddress
            do { address = try dialogue.check(text(typed.array.trimmed)) } catch let failure as Failure {
                failure.tell(desk.console)
                continue
            }
            try desk.checkThatMailIsSent()
            try dialogue.send(to: address, ofRecordMade: created)
            do {
                _ = try dialogue.askForCode()
                try desk.say("Mail about \(printable(name)) goes to \(address.text).", isDone: true)
            } catch let failure as Failure where failure.status == .refused {
                failure.tell(desk.console)
            }
            return true
        }
        try desk.say(
            "Without an address only a backup code or an administrator lets \(printable(name)) back in, and nobody\n"
                + "is mailed when something happens. Later: twostep contact \(printable(name)) --set ADDRESS",
            isDone: true)
        return false
    }

    private func offerQuestions(_ settings: RecoverySettings, _ created: Int64) throws {
        let dialogue = QuestionDialogue(account: account, desk: desk, echo: false, json: false)
        let questions = try dialogue.questions(settings)
        try desk.say("Answer these, each twice; what is typed is not shown (Enter: leave them out):", isDone: true)
        guard let hashes = try dialogue.ask(questions) else {
            return try desk.say(
                "Without answers a mail alone lets nobody back in. Later: twostep contact \(printable(name)) --questions",
                isDone: true)
        }
        try dialogue.save(hashes, to: questions, ofRecordMade: created)
        try desk.say("The answers are kept, hashed.", isDone: true)
    }
}
