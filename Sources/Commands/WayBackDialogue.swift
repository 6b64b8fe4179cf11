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
    /// Of the record that they have enrolled with.
    let stamp: RecordStamp

    private static let tries = 3

    func offer() throws {
        do {
            guard let settings = try? readRecoverySettings(at: desk.configurationPath), settings.isByEmail else {
                return
            }
            let missing = try lookAtRecord(account, desk) { (record) throws(Failure) in
                try stamp.check(record, of: account)
                return WayBackPart.missing(in: record)
            }
            guard !missing.isEmpty else { return }
            try desk.say(isDone: true)
            try desk.sayWrapped(
                "Who loses the app and the backup codes gets back in by a mail and the answers to questions.",
                isDone: true)
            var latest = stamp
            if missing.contains(.address) { guard try offerAddress(&latest) else { return } }
            if missing.contains(.answers) { try offerQuestions(settings, latest) }
        } catch let failure as Failure where !failure.leavesDoubt {
            failure.tell(desk.console)
        }
    }

    /// - Parameter latest: of the record as it was seen last.
    /// - Returns: whether there is one, be it that it waits for its code.
    private func offerAddress(_ latest: inout RecordStamp) throws -> Bool {
        var dialogue = ContactDialogue(account: account, desk: desk, name: name, json: false, of: latest)
        for _ in 0..<WayBackDialogue.tries {
            guard let typed = desk.console.ask("Your mail address (Enter: none): ", echo: true, always: false),
                typed.count > 0
            else { break }
            let address: EmailAddress
            do { address = try ContactDialogue.check(text(typed.array.trimmed)) } catch let failure as Failure {
                failure.tell(desk.console)
                continue
            }
            try desk.checkThatMailIsSent()
            try dialogue.send(to: address)
            do {
                _ = try dialogue.askForCode()
                try desk.say("Mail about \(printable(name)) goes to \(address.text).", isDone: true)
            } catch let failure as Failure where failure.status == .refused {
                failure.tell(desk.console)
            }
            latest = dialogue.stamp
            return true
        }
        try desk.sayWrapped(
            "Without an address only a backup code or an administrator lets \(printable(name)) back in, and nobody "
                + "is mailed when something happens.", isDone: true)
        try desk.say("Later: twostep contact \(printable(name)) --set ADDRESS", isDone: true)
        return false
    }

    private func offerQuestions(_ settings: RecoverySettings, _ latest: RecordStamp) throws {
        let dialogue = QuestionDialogue(account: account, desk: desk, echo: false, json: false)
        let questions = try dialogue.questions(settings)
        try desk.say("Answer these, each twice; what is typed is not shown (Enter: leave them out):", isDone: true)
        guard let hashes = try dialogue.ask(questions) else {
            try desk.say("Without answers a mail alone lets nobody back in.", isDone: true)
            return try desk.say("Later: twostep contact \(printable(name)) --questions", isDone: true)
        }
        try dialogue.save(hashes, to: questions, of: latest)
        try desk.say("The answers are kept, hashed.", isDone: true)
    }
}
