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

    struct Shown: Encodable {
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

    func name(_ account: Account) -> String { user ?? text(account.name) }

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

    func verified(_ contact: Contact) -> String? {
        contact.isForRecovery ? Moment.text(contact.verified) : nil
    }

    func readAnswers(of record: borrowing Record, _ desk: Desk) throws(Failure) -> SecurityAnswers? {
        do throws(DecodeError) { return try record.securityAnswers() } catch { throw Failure(appendix: error, desk) }
    }
}
