internal import Crypto
internal import Notices
internal import TwostepCore

/// How somebody's address is verified: for `contact`, and at the end of `enroll`.
struct ContactDialogue {
    let account: Account
    let desk: Desk
    /// As the user was named.
    let name: String
    let json: Bool
    /// Of the record that is meant, as it is after what was done here last.
    private(set) var stamp: RecordStamp
    /// bcrypt of the code that is asked for: no other one is taken.
    private var hash: [UInt8]

    /// - Parameters:
    ///   - stamp: of the record that is meant.
    ///   - waiting: the address that waits already.
    init(
        account: Account, desk: Desk, name: String, json: Bool, of stamp: RecordStamp, waiting: UnverifiedContact? = nil
    ) {
        (self.account, self.desk, self.name, self.json) = (account, desk, name, json)
        self.stamp = stamp
        hash = waiting?.hash ?? []
    }

    /// What was verified.
    struct Verified {
        let address: EmailAddress
        /// The one before it, where that is another one.
        let former: EmailAddress?
    }

    /// - Throws: where it is no address, or one of this machine.
    static func check(_ text: String) throws -> EmailAddress {
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
        return address
    }

    /// Sends a code to an address, which waits for it from now on.
    mutating func send(to address: EmailAddress) throws {
        let code = try MailedCode()
        let hash = try code.hash(cost: desk.configuration.bcryptCost)
        let before = stamp
        stamp = try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            try before.check(record, of: account)
            try record.checkIsActive(account)
            let expires = now + Int64(UnverifiedContact.minutes) * 60
            guard UnverifiedContact(address, expires: expires, hash: hash).keep(in: &record) else {
                throw Failure.noRoom(account)
            }
            return RecordStamp(record, changedAt: now)
        }
        self.hash = hash
        let request = CodeRequest(
            template: "contact-code", user: text(account.name), address: address, minutes: UnverifiedContact.minutes)
        guard code.send(request) else { throw Failure.nobodySendsMail(desk) }
        try desk.sayUnless(
            json, "A code is on its way to \(address.text). It counts for \(UnverifiedContact.minutes) minutes.")
    }

    /// Three times at most; the code waits for `--verify` where somebody gives up. The event is logged.
    mutating func askForCode() throws -> Verified {
        for attempt in 1...3 {
            guard let typed = desk.console.ask("Code from the mail: ", echo: true, always: false) else { break }
            if typed.count == 0 { break }
            if let verified = try judge(typed) {
                ToolEvent(.contactSet, account, desk).log(alsoTo: verified.former)
                return verified
            }
            if attempt < 3 { desk.sayOnError("twostep: that is not the code") }
        }
        throw Failure(
            "the address is not verified",
            hint: "when you have the code: twostep contact \(printable(name)) --verify", .refused)
    }

    /// - Returns: nil for a wrong code.
    private mutating func judge(_ answer: consuming SecretBytes) throws -> Verified? {
        let (account, desk, name, sent) = (account, desk, name, hash)
        guard let typed = try MailedCode.hash(typed: answer, setting: Array(sent.prefix(Bcrypt.settingSize))) else {
            return nil
        }
        let (verified, after) = try changeRecord(account, desk) {
            (record, now, _) throws(Failure) -> (Verified?, RecordStamp) in
            try record.checkIsActive(account)
            let former = Contact(of: record)?.address
            // It leaves the record when its owner gets back in.
            guard UnverifiedContact(of: record)?.hash == sent,
                let verdict = UnverifiedContact.verify(typed, in: &record, at: now)
            else { throw Failure.noCodeWaits(name) }
            let after = RecordStamp(record, changedAt: now)
            guard let address = verdict else { return (nil, after) }
            try voidMailedToken(of: &record, desk)
            return (Verified(address: address, former: former == address ? nil : former), after)
        }
        stamp = after
        return verified
    }
}

/// A token that was mailed is void once where it went, or what must be known beside it, is another thing.
func voidMailedToken(of record: inout Record, _ desk: Desk) throws(Failure) {
    do throws(DecodeError) { try record.voidMailedToken() } catch { throw Failure(appendix: error, desk) }
}

extension Failure {
    static func noCodeWaits(_ name: String) -> Failure {
        Failure(
            "no code is waited for, or it has expired, or too many were wrong",
            hint: "begin again: twostep contact \(printable(name)) --set ADDRESS", .dataError)
    }

    static func noRoom(_ account: Account) -> Failure {
        Failure(
            "\(printable(text(account.name)))'s record has no room for it; nothing was changed",
            hint: "look with: twostep status \(printable(text(account.name)))", .cannotCreate)
    }
}
