package import ArgumentParser
internal import Crypto
internal import Notices
internal import TwostepCore

package struct ContactCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "contact", abstract: "Show, set or remove the address that mail about a user goes to.",
        discussion: """
            An address counts once the code that was sent to it has been typed.

            EXAMPLES
              twostep contact alice
              twostep contact alice --set alice@example.org
              twostep contact alice --verify
            """)

    @Argument(help: "The user; without root, oneself.", completion: .user) var user: String?
    @Option(help: ArgumentHelp("Send a code to this address, and ask for it.", valueName: "address")) var `set`: String?
    @Flag(help: "Ask for the code that was sent earlier.") var verify = false
    @Flag(help: "Forget the address.") var remove = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var needsPassword: Bool { self.set != nil || verify || remove }

    package func request() throws -> [String] {
        ["contact"] + (self.set.map { ["--set", $0] } ?? []) + (verify ? ["--verify"] : [])
            + (remove ? ["--remove"] : [])
            + (json ? ["--json"] : []) + ["--"] + [user].compactMap(\.self)
    }

    package func validate() throws {
        guard [self.set != nil, verify, remove].count(where: { $0 }) <= 1 else {
            throw ValidationError("--set, --verify and --remove are three things")
        }
    }

    private struct Shown: Encodable {
        let user: String
        var address: String?
        var verified: String?
        var waiting: String?
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        if let address = self.set { return try start(address, account, desk) }
        if verify { return try finish(account, desk) }
        if remove { return try forget(account, desk) }
        try show(account, desk)
    }

    private func name(_ account: Account) -> String { user ?? text(account.name) }

    // MARK: showing

    private func show(_ account: Account, _ desk: Desk) throws {
        let now = try desk.readClock()
        let (contact, waiting) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            (Contact(of: record), UnverifiedContact(of: record))
        }
        let open = waiting.flatMap { $0.isOpen(at: now) ? $0.address.text : nil }
        if json {
            return try desk.sayJSON(
                Shown(
                    user: name(account), address: contact?.address.text,
                    verified: contact.map { Moment.text($0.verified) }, waiting: open))
        }
        if let contact {
            try desk.say("\(contact.address.text), verified \(Moment.text(contact.verified))")
        } else {
            try desk.say("\(printable(name(account))) has no address: no mail about them goes to them.")
        }
        if let open { try desk.say("\(open) waits for its code: twostep contact \(printable(name(account))) --verify") }
    }

    // MARK: setting

    private func start(_ text: String, _ account: Account, _ desk: Desk) throws {
        guard let address = EmailAddress(text) else {
            throw Failure(
                "not a mail address: \(printable(text))",
                hint: "like alice@example.org; a domain in another script as DNS has it, xn--…", .usage)
        }
        guard !address.isDelivered(onMachineOf: namesOfThisMachine()) else {
            throw Failure(
                "mail to \(address.text) stays on this machine",
                hint: "give an address elsewhere: who breaks in here must not read it", .usage)
        }
        _ = try desk.mailSettings()
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return record.created
        }
        try desk.confirmOwner(account, json: json)
        let code = try MailedCode()
        let hash = try code.hash(cost: desk.configuration.bcryptCost)
        try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            guard record.created == before else { throw Failure.changedMeanwhile(account) }
            try record.checkIsActive(account)
            let expires = now + Int64(UnverifiedContact.minutes) * 60
            guard UnverifiedContact(address, expires: expires, hash: hash).keep(in: &record) else {
                throw Failure.noRoom(account)
            }
        }
        let request = CodeRequest(
            template: "contact-code", user: Commands.text(account.name), address: address,
            minutes: UnverifiedContact.minutes)
        guard code.send(request) else {
            throw Failure(
                "nobody sends mail here: no code was sent", hint: "start twostep-notify, or twostepd --notify",
                .unavailable)
        }
        try desk.sayUnless(
            json, "A code is on its way to \(address.text). It counts for \(UnverifiedContact.minutes) minutes.")
        try askForMailedCode(account, desk)
    }

    private func finish(_ account: Account, _ desk: Desk) throws {
        let now = try desk.readClock()
        let waiting = try lookAtRecord(account, desk) { (record) throws(Failure) in UnverifiedContact(of: record) }
        guard let waiting, waiting.isOpen(at: now) else { throw Failure.noCodeWaits(name(account)) }
        try desk.confirmOwner(account, json: json)
        try askForMailedCode(account, desk)
    }

    /// Three times at most; the code waits for `--verify` where somebody gives up.
    private func askForMailedCode(_ account: Account, _ desk: Desk) throws {
        for attempt in 1...3 {
            guard let typed = desk.console.ask("Code from the mail: ", echo: true, always: false) else { break }
            if typed.count == 0 { break }
            if let old = try judge(typed, account, desk) { return try done(account, old.former, old.address, desk) }
            if attempt < 3 { desk.sayOnError("twostep: that is not the code") }
        }
        throw Failure(
            "the address is not verified",
            hint: "when you have the code: twostep contact \(printable(name(account))) --verify", .refused)
    }

    private struct Verified {
        let address: EmailAddress
        let former: EmailAddress?
    }

    /// - Returns: nil for a wrong code.
    private func judge(_ typed: consuming SecretBytes, _ account: Account, _ desk: Desk) throws -> Verified? {
        let waiting = try lookAtRecord(account, desk) { (record) throws(Failure) in UnverifiedContact(of: record) }
        guard let waiting else { throw Failure.noCodeWaits(name(account)) }
        guard let hash = try MailedCode.hash(typed: typed, setting: waiting.setting) else { return nil }
        let name = name(account)
        return try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            let former = Contact(of: record)?.address
            guard let verdict = UnverifiedContact.verify(hash, in: &record, at: now) else {
                throw Failure.noCodeWaits(name)
            }
            return verdict.map { Verified(address: $0, former: former == $0 ? nil : former) }
        }
    }

    private func done(_ account: Account, _ former: EmailAddress?, _ address: EmailAddress, _ desk: Desk) throws {
        ToolEvent(.contactSet, account, desk).log(alsoTo: former)
        let now = try desk.readClock()
        if json {
            return try desk.sayJSON(
                Shown(user: name(account), address: address.text, verified: Moment.text(now)), isDone: true)
        }
        try desk.say("Mail about \(printable(name(account))) goes to \(address.text).", isDone: true)
    }

    // MARK: removing

    private func forget(_ account: Account, _ desk: Desk) throws {
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in
            (record.created, Contact(of: record)?.address, UnverifiedContact(of: record) != nil)
        }
        guard before.1 != nil || before.2 else {
            throw Failure("\(printable(name(account))) has no address", hint: "there is nothing to forget", .dataError)
        }
        try desk.confirmOwner(account, json: json)
        let former = try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            guard record.created == before.0 else { throw Failure.changedMeanwhile(account) }
            let former = Contact(of: record)?.address
            guard Contact.remove(from: &record) else { throw Failure.noRoom(account) }
            return former
        }
        ToolEvent(.contactRemoved, account, desk).log(alsoTo: former)
        if json { return try desk.sayJSON(Shown(user: name(account)), isDone: true) }
        try desk.say("Mail about \(printable(name(account))) goes to them no more.", isDone: true)
    }
}

extension Failure {
    fileprivate static func noCodeWaits(_ name: String) -> Failure {
        Failure(
            "no code is waited for, or it has expired, or too many were wrong",
            hint: "begin again: twostep contact \(printable(name)) --set ADDRESS", .dataError)
    }

    fileprivate static func noRoom(_ account: Account) -> Failure {
        Failure(
            "\(printable(text(account.name)))'s record has no room for it; nothing was changed",
            hint: "look with: twostep status \(printable(text(account.name)))", .cannotCreate)
    }
}
