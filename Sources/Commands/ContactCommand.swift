package import ArgumentParser
internal import Crypto
internal import Notices
internal import TwostepCore

package struct ContactCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "contact", abstract: "Show or change a user's mail address and security questions.",
        discussion: """
            An address counts once the code that was sent to it has been typed. Where recovery is by e-mail, it and the
            answers to security questions let the user back in.

            EXAMPLES
              twostep contact alice
              twostep contact alice --set alice@example.org
              twostep contact alice --verify
              twostep contact alice --questions
            """)

    @Argument(help: "The user; without root, oneself.", completion: .user) var user: String?
    @Option(help: ArgumentHelp("Send a code to this address, and ask for it.", valueName: "address")) var `set`: String?
    @Flag(help: "Ask for the code that was sent earlier.") var verify = false
    @Flag(help: "Ask for the answers to the security questions.") var questions = false
    @Flag(help: "Show answers as they are typed (with --questions).") var echo = false
    @Flag(help: "Forget the address and the answers.") var remove = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var needsPassword: Bool { self.set != nil || verify || questions || remove }

    package func request() throws -> [String] {
        ["contact"] + (self.set.map { ["--set=\($0)"] } ?? []) + (verify ? ["--verify"] : [])
            + (questions ? ["--questions"] : []) + (echo ? ["--echo"] : []) + (remove ? ["--remove"] : [])
            + (json ? ["--json"] : []) + ["--"] + [user].compactMap(\.self)
    }

    package func validate() throws {
        guard [self.set != nil, verify, questions, remove].count(where: { $0 }) <= 1 else {
            throw ValidationError("--set, --verify, --questions and --remove are four things")
        }
        if echo, !questions { throw ValidationError("--echo goes with --questions") }
    }

    private struct Shown: Encodable {
        let user: String
        var address: String?
        var verified: String?
        var waiting: String?
        var answered: String?
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        if let address = self.set { return try start(address, account, desk) }
        if verify { return try finish(account, desk) }
        if questions { return try answer(account, desk) }
        if remove { return try forget(account, desk) }
        try show(account, desk)
    }

    private func name(_ account: Account) -> String { user ?? text(account.name) }

    private func dialogue(
        _ account: Account, _ desk: Desk, of stamp: RecordStamp, waiting: UnverifiedContact? = nil
    ) -> ContactDialogue {
        ContactDialogue(account: account, desk: desk, name: name(account), json: json, of: stamp, waiting: waiting)
    }

    // MARK: showing

    private func show(_ account: Account, _ desk: Desk) throws {
        let now = try desk.readClock()
        let (contact, waiting, answers) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            (Contact(of: record), UnverifiedContact(of: record), try readAnswers(of: record, desk))
        }
        let open = waiting.flatMap { $0.isOpen(at: now) ? $0.address.text : nil }
        let answered = answers.map { Moment.text($0.set) }
        if json {
            return try desk.sayJSON(
                Shown(
                    user: name(account), address: contact?.address.text,
                    verified: contact.flatMap(verified), waiting: open, answered: answered))
        }
        let name = printable(name(account))
        if let contact {
            if let time = verified(contact) {
                try desk.say("\(contact.address.text), verified \(time)")
            } else {
                try desk.say("\(contact.address.text), from before \(name) got a new second step")
                try desk.say("Mail about \(name) goes there, but it lets nobody back in.")
                try desk.say("Set it, or another one: twostep contact \(name) --set ADDRESS")
            }
        } else {
            try desk.say("\(name) has no address: no mail about them goes to them.")
        }
        if let open { try desk.say("\(open) waits for its code: twostep contact \(name) --verify") }
        if let answered { try desk.say("security questions answered \(answered)") }
    }

    private func verified(_ contact: Contact) -> String? {
        contact.isForRecovery ? Moment.text(contact.verified) : nil
    }

    private func readAnswers(of record: borrowing Record, _ desk: Desk) throws(Failure) -> SecurityAnswers? {
        do throws(DecodeError) { return try record.securityAnswers() } catch { throw Failure(appendix: error, desk) }
    }

    // MARK: setting

    private func start(_ text: String, _ account: Account, _ desk: Desk) throws {
        let address = try ContactDialogue.check(text)
        try desk.checkThatMailIsSent()
        var dialogue = dialogue(account, desk, of: try RecordStamp.ofActiveRecord(account, desk))
        try desk.confirmOwner(account, json: json)
        try dialogue.send(to: address)
        try done(dialogue.askForCode(), account, desk)
    }

    private func finish(_ account: Account, _ desk: Desk) throws {
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

    // MARK: answering

    private func answer(_ account: Account, _ desk: Desk) throws {
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

    // MARK: removing

    private struct Former {
        let stamp: RecordStamp
        let address: EmailAddress?
        let hasAddress: Bool
        let hasAnswers: Bool
    }

    private func readFormer(of record: borrowing Record, _ desk: Desk) throws(Failure) -> Former {
        let address = Contact(of: record)?.address
        return Former(
            stamp: RecordStamp(record), address: address,
            hasAddress: address != nil || UnverifiedContact(of: record) != nil,
            hasAnswers: try readAnswers(of: record, desk) != nil)
    }

    private func forget(_ account: Account, _ desk: Desk) throws {
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in try readFormer(of: record, desk) }
        guard before.hasAddress || before.hasAnswers else {
            throw Failure("\(printable(name(account))) has no address", hint: "there is nothing to forget", .dataError)
        }
        try desk.confirmOwner(account, json: json)
        let former = try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            try before.stamp.check(record, of: account)
            let former = try readFormer(of: record, desk)
            guard Contact.remove(from: &record) else { throw Failure.noRoom(account) }
            do throws(DecodeError) { try record.keep(SecurityAnswers?.none) } catch {
                throw Failure(appendix: error, desk)
            }
            try voidMailedToken(of: &record, desk)
            return former
        }
        if former.hasAddress { ToolEvent(.contactRemoved, account, desk).log(alsoTo: former.address) }
        if former.hasAnswers { ToolEvent(.questionsRemoved, account, desk).log(alsoTo: former.address) }
        if json { return try desk.sayJSON(Shown(user: name(account)), isDone: true) }
        let name = printable(name(account))
        if former.hasAddress { try desk.say("Mail about \(name) goes to them no more.", isDone: true) }
        if former.hasAnswers { try desk.say("\(name)'s answers are forgotten.", isDone: true) }
    }
}
