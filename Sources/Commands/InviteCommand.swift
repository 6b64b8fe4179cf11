package import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

package struct InviteCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Let a user enrol at a login, by a one-time code.",
        discussion: """
            The code is shown once. A new one voids the one before, a recovery code, what was
            begun by either, and the way back by mail.

            EXAMPLES
              twostep invite alice
              twostep invite alice --valid 72 --json
            """)

    @Argument(help: "The user.") var user: String
    @Option(help: ArgumentHelp("For how long, 1 to 720 hours (default: 24).", valueName: "hours"))
    var valid = Invitation.usualHours
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package func validate() throws {
        guard Invitation.validHours.contains(valid) else {
            throw ValidationError(
                "--valid takes \(Invitation.validHours.lowerBound) to \(Invitation.validHours.upperBound) hours")
        }
    }

    private struct Invited: Encodable {
        let user: String
        let code: String
        let expires: String
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        let bits = try random(EnrolmentCode.randomSize)
        let code = EnrolmentCode.make(random: bits.bytes)
        let invitation = try makeInvitation(code, desk)
        let state = try store(invitation, account, desk)
        var event = ToolEvent(.invited, account, desk)
        event.add("expires", Array(UserStatus.time(invitation.expires).utf8))
        event.log()
        // First stored, then shown: a code that nobody could read lets nobody in, and the next invitation voids it.
        try tell(code, until: UserStatus.time(invitation.expires), desk)
        warn(account, state, desk)
    }

    /// Says why no login may ask for the code; of several reasons the one that is to be mended first.
    private func warn(_ account: Account, _ state: Record.State, _ desk: Desk) {
        let obstacle = InvitationObstacle(desk.configuration, account, state, now: wallClock(), membership)
        if let obstacle {
            let text = obstacle.lines(printable(user))
            desk.warn(text.what, hint: text.hint)
        }
        if obstacle != .notAtLogin { desk.warnUnlessServed() }
    }

    private func makeInvitation(_ code: borrowing SecretBytes, _ desk: Desk) throws -> Invitation {
        let now = try desk.readClock()
        do throws(CryptoError) {
            let salt = try randomBytes(CodeHash.saltSize)
            return try Invitation(code.bytes, salt: salt, now: now, hours: valid, crypto: try Libcrypto.load())
        } catch {
            throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
        }
    }

    /// In the record that there is, or in a new one.
    ///
    /// - Returns: the record's state.
    private func store(_ invitation: Invitation, _ account: Account, _ desk: Desk) throws -> Record.State {
        if try make(invitation, account, desk) { return .pending }
        return try changeRecord(account, desk, unlessPending: false) { (record, _, _) throws(Failure) in
            try check(record)
            try put(invitation, into: &record, desk)
            return record.state
        }
    }

    /// - Returns: false where there is a record already.
    private func make(_ invitation: Invitation, _ account: Account, _ desk: Desk) throws -> Bool {
        guard try desk.withStore({ (store) throws(StoreError) in try store.peek(account) { _ in true } }) == nil else {
            return false
        }
        var record = Record(state: .pending, confirmed: false, created: invitation.created, changed: invitation.created)
        try put(invitation, into: &record, desk)
        var problem: EnrolmentError?
        try desk.withStore { (store) throws(StoreError) in
            do throws(EnrolmentError) {
                try store.create(account, record, provingAbsence: true, replacing: [])
            } catch {
                problem = error
            }
        }
        switch problem {
        case nil: return true
        case .alreadyEnrolled: return false
        case .store(let error): throw Failure(error, site: desk.configuration)
        }
    }

    private func put(_ invitation: Invitation, into record: inout Record, _ desk: Desk) throws(Failure) {
        do throws(DecodeError) { try record.invite(invitation) } catch { throw Failure(appendix: error, desk) }
    }

    private func check(_ record: borrowing Record) throws(Failure) {
        let name = printable(user)
        switch record.state {
        case .pending, .mustReenrol: return
        case .active:
            throw Failure(
                "\(name) is already enrolled; nothing was changed",
                hint: "who has lost the phone: twostep recover \(name) --reason TEXT",
                .cannotCreate)
        case .disabled:
            throw Failure(
                "\(name)'s second step is \(UserStatus.name(record.state)); nothing was changed",
                hint: "look with: twostep status \(name)", .dataError)
        }
    }

    private func tell(_ code: borrowing SecretBytes, until: String, _ desk: Desk) throws {
        let shown = text(EnrolmentCode.display(code.bytes).array)
        if json { return try desk.sayJSON(Invited(user: user, code: shown, expires: until), isDone: true) }
        let name = printable(user)
        try desk.say("Enrolment code of \(name), valid once, until \(until):\n", isDone: true)
        try desk.say("      \(shown)\n", isDone: true)
        try desk.say("Give it to \(name) in a way that nobody else can read:", isDone: true)
        try desk.say("it and the password are enough to enrol.", isDone: true)
    }
}
