internal import Crypto
internal import Notices
internal import TwostepCore

/// Setting an address, and answering the security questions.
extension ContactCommand {
    // MARK: the address

    func start(_ text: String, _ account: Account, _ desk: Desk) throws {
        let address = try ContactDialogue.check(text)
        try desk.checkThatMailIsSent()
        var dialogue = dialogue(account, desk, of: try RecordStamp.ofActiveRecord(account, desk))
        try desk.confirmOwner(account, json: json)
        try dialogue.send(to: address)
        try done(dialogue.askForCode(), account, desk)
    }

    func finish(_ account: Account, _ desk: Desk) throws {
        let now = try desk.readClock()
        let (waiting, stamp) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            (UnverifiedContact(of: record), RecordStamp(record))
        }
        guard let waiting, waiting.isOpen(at: now) else { throw Failure.noCodeWaits(name(account)) }
        try desk.confirmOwner(account, json: json)
        var dialogue = dialogue(account, desk, of: stamp, waiting: waiting)
        try done(dialogue.askForCode(), account, desk)
    }

    private func done(_ verified: ContactDialogue.Verified, _ account: Account, _ desk: Desk) throws {
        let now = try desk.readClock()
        let address = verified.address.text
        if json {
            return try desk.sayJSON(
                Shown(user: name(account), address: address, verified: Moment.text(now)), isDone: true)
        }
        try desk.say("Mail about \(printable(name(account))) goes to \(address).", isDone: true)
    }

    private func dialogue(
        _ account: Account, _ desk: Desk, of stamp: RecordStamp, waiting: UnverifiedContact? = nil
    ) -> ContactDialogue {
        ContactDialogue(account: account, desk: desk, name: name(account), json: json, of: stamp, waiting: waiting)
    }

    // MARK: the answers

    func answer(_ account: Account, _ desk: Desk) throws {
        let settings = try readRecoverySettings(at: desk.configurationPath)
        guard settings.isByEmail else {
            throw Failure(
                "nobody gets back in by mail here: there are no questions to answer",
                hint: desk.cure("set recovery = email in \(text(desk.configurationPath))"), .configuration)
        }
        let dialogue = QuestionDialogue(account: account, desk: desk, echo: echo, json: json)
        let questions = try dialogue.questions(settings)
        let stamp = try RecordStamp.ofActiveRecord(account, desk)
        try desk.confirmOwner(account, json: json)
        try desk.sayUnless(json, "Answer each twice. Case, spaces, accents and signs do not count.")
        guard let hashes = try dialogue.ask(questions) else {
            throw Failure("an answer was left out; nothing was changed", hint: "start again", .dataError)
        }
        try dialogue.save(hashes, to: questions, of: stamp)
        let contact = try lookAtRecord(account, desk) { (record) throws(Failure) in Contact(of: record) }
        if json {
            let now = try desk.readClock()
            return try desk.sayJSON(
                Shown(
                    user: name(account), address: contact?.address.text,
                    verified: contact.flatMap(verified), answered: Moment.text(now)), isDone: true)
        }
        try desk.say("The answers are kept, hashed. Those before are void.", isDone: true)
        guard contact?.isForRecovery != true else { return }
        let name = printable(name(account))
        try desk.say("\(name) has no verified address: twostep contact \(name) --set ADDRESS", isDone: true)
    }
}
