package import ArgumentParser
internal import Crypto
internal import Notices
internal import TwostepCore
internal import Vault

package struct RecoverCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Make a code by which a user gets back in.",
        discussion: """
            Check first that it is the user who asks. The code counts for an hour, once; a new one voids the one before.

            EXAMPLE
              twostep recover alice --reason "lost phone, called back, ticket 123"
            """)

    @Argument(help: "The user.", completion: .user) var user: String
    @Option(help: ArgumentHelp("Why, for the log and the user's mail.", valueName: "text")) var reason: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package func validate() throws { try OverrideOptions.check(reason: reason) }

    private struct Made: Encodable {
        let user: String
        let code: String
        let expires: String
        let mailed: Bool
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        try checkHasRecord(account, desk)
        let bits = try random(RecoveryToken.randomSize)
        let token = RecoveryToken.make(random: bits.bytes)
        let (grant, address) = try store(token, account, desk)
        var event = ToolEvent(.recoveryCodeMade, account, desk)
        event.add("admin", LoginUser.claimed)
        event.add("reason", Array(reason.utf8))
        event.add("grant", grant.name)
        event.add("expires", Array(UserStatus.time(grant.expires).utf8))
        event.log()
        // There is a code by now: what is wrong with the settings of mail takes nothing from it.
        let isMailed = address != nil && (try? readMailSettings(at: desk.configurationPath))?.sender != nil
        // First stored, then shown: a code that nobody could read lets nobody in, and the next one voids it.
        try tell(token, until: UserStatus.time(grant.expires), isMailed: isMailed, desk)
        desk.warnUnlessServed()
    }

    /// Whoever never had a second step is invited, not recovered.
    private func checkHasRecord(_ account: Account, _ desk: Desk) throws {
        let name = printable(user)
        let state = try desk.withStore { (store) throws(StoreError) in
            try store.peek(account) { record in record.state }
        }
        switch state {
        case .active, .mustReenrol: return
        case .disabled:
            throw Failure(
                "\(name)'s second step is \(UserStatus.name(.disabled)); nothing was changed",
                hint: "look with: twostep status \(name)", .dataError)
        case .pending, nil:
            throw Failure(
                "\(name) is not enrolled: there is nothing to get back into",
                hint: "let them enrol at a login: twostep invite \(name)", .noSuchUser)
        }
    }

    private func store(
        _ token: borrowing SecretBytes, _ account: Account, _ desk: Desk
    ) throws -> (RecoveryGrant, EmailAddress?) {
        let id = try random(RecoveryGrant.idSize).array
        let salt = try random(CodeHash.saltSize).array
        return try changeRecord(account, desk) { (record, now, crypto) throws(Failure) in
            guard record.isRecoverable else { throw Failure.changedMeanwhile(account) }
            let grant: RecoveryGrant
            do throws(CryptoError) {
                grant = try RecoveryGrant(
                    token.bytes, id: id, way: .admin, salt: salt, now: now, crypto: crypto)
            } catch {
                throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
            }
            do throws(DecodeError) { try record.give(grant) } catch { throw Failure(appendix: error, desk) }
            return (grant, Contact(of: record)?.address)
        }
    }

    private func tell(_ token: borrowing SecretBytes, until: String, isMailed: Bool, _ desk: Desk) throws {
        let shown = text(RecoveryToken.display(token.bytes).array)
        if json {
            return try desk.sayJSON(Made(user: user, code: shown, expires: until, mailed: isMailed), isDone: true)
        }
        let name = printable(user)
        try desk.say("Recovery code of \(name), valid once, until \(until):\n", isDone: true)
        try desk.say("      \(shown)\n", isDone: true)
        try desk.sayWrapped(
            "Read it out only to somebody you have checked to be \(name), on a line that you have called. They log in, "
                + "type it where the code is asked for, and set up a new second step; what let them in before is void then.",
            isDone: true)
        try desk.sayWrapped(
            isMailed
                ? "\(name) is mailed of it." : "\(name) has no address, or no mail is sent here: only the log tells.",
            isDone: true)
    }
}

extension RecoveryGrant {
    /// Its id in the log: 16 hexadecimal digits.
    package var name: [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return id.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}

extension Failure {
    /// A part of a record that is not as it should be, or has no room.
    init(appendix error: DecodeError, _ desk: Desk) {
        self.init(
            StoreError(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "appendix"),
            site: desk.configuration)
    }
}
