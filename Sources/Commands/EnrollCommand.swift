package import ArgumentParser
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

package struct EnrollCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Give a user a second step.",
        discussion: """
            EXAMPLES
              twostep enroll alice
              twostep enroll alice --provision --json
            """)

    @Argument(help: "The user; without root, oneself.", completion: .user) var user: String?
    @Flag(help: "Ask nothing and print what the user needs; usable at once.") var provision = false
    @Flag(help: "Print JSON (with --provision).") var json = false
    @OptionGroup var wanted: TokenOptions
    @OptionGroup var sheet: SheetOption
    @OptionGroup var picture: PictureOption
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var makesFiles: Bool { true }
    package var wantedFiles: WantedFiles { WantedFiles(sheet: sheet.save, picture: picture.qrFile) }

    package func request() throws -> [String] {
        if provision { throw Failure("only root can use --provision", hint: "leave it away", .noPermission) }
        return ["enroll"] + (try wanted.request()) + ["--"] + [user].compactMap(\.self)
    }

    package func validate() throws {
        if json, !provision { throw ValidationError("--json goes with --provision") }
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        let configuration = desk.configuration
        let name = user ?? text(account.name)
        // Before anybody scans anything.
        let isOwner = desk.owner != nil
        try sheet.check(configuration)
        if try desk.withStore({ (store) throws(StoreError) in
            if try store.isEnrolled(account, but: EnrollCommand.replaceable(desk)) { return true }
            // A record that was lost is for root to put back, and one that is damaged may have said more: a password must
            // not enrol anew in their place.
            guard isOwner else { return false }
            return try store.standing(of: account) != .unenrolled
        }) {
            throw Failure.alreadyEnrolled(name)
        }
        try desk.confirmPassword()
        let wish = wanted.wish(desk, label: wanted.label.map { Array($0.utf8) } ?? TokenOptions.usualLabel)
        let token = NewToken(account: account, wish: wish, secret: try wanted.makeSecret(configuration))
        let codes = try NewBackupCodes(count: configuration.backupCodes)
        if provision {
            var record = try token.record(confirmed: false, floor: 0, now: desk.readClock())
            record.backupCodes = try codes.hashes(cost: configuration.bcryptCost)
            // First printed, then stored: a secret that nobody could read would lock somebody out.
            try desk.console.draw(token.uri(), nil)
            if codes.count > 0 { try desk.console.keep(codes.sheet(for: text(account.name), desk)) }
            try printProvisioned(token, codes, desk)
            try save(&record, account, desk)
        } else {
            let dialogue = Dialogue(desk: desk)
            try desk.say("Setting up the second step for \(printable(text(account.name))).\n")
            let floor = try dialogue.prove(token)
            if codes.count > 0 { try dialogue.show(codes, of: text(account.name), step: "\n3. Your") }
            try codes.tellOfHashing(desk)
            var record = try token.record(confirmed: true, floor: floor, now: desk.readClock())
            record.backupCodes = try codes.hashes(cost: configuration.bcryptCost)
            try save(&record, account, desk)
            // What is offered now is for this record: it may be another one by the time that somebody answers.
            let stamp = RecordStamp(record)
            try desk.say("\(printable(name)) now has a second step.", isDone: true)
            try WayBackDialogue(account: account, desk: desk, name: name, stamp: stamp).offer()
        }
    }

    /// The records in whose place a new one may be put: those that let nobody in yet. Whoever must enrol anew has shown
    /// more than a password when that was decided.
    private static func replaceable(_ desk: Desk) -> [Record.State] {
        desk.owner == nil ? [.pending, .mustReenrol] : [.pending]
    }

    private func save(_ record: inout Record, _ account: Account, _ desk: Desk) throws {
        try keepOwner(in: &record, account, desk)
        var problem: EnrolmentError?
        try desk.withStore { (store) throws(StoreError) in
            do throws(EnrolmentError) {
                try store.create(
                    account, record, provingAbsence: desk.owner != nil, replacing: EnrollCommand.replaceable(desk))
            } catch {
                problem = error
            }
        }
        switch problem {
        case nil: break
        case .alreadyEnrolled: throw Failure.alreadyEnrolled(text(account.name))
        case .store(let error): throw Failure(error, site: desk.configuration)
        }
        var line = ToolEvent(.enrolled, account, desk)
        line.add("provisioned", provision ? "yes" : "no")
        line.log()
    }

    /// Where a record is put in the place of one that is not complete, the owner's address stays, for telling alone, and how
    /// many mails were asked for; the answers go. Of a record that is lost nothing is known: whether it may be replaced is
    /// decided where that is done.
    private func keepOwner(in record: inout Record, _ account: Account, _ desk: Desk) throws {
        var flaw: DecodeError?
        var isLost = false
        _ = try desk.withStore { (store) throws(StoreError) in
            do throws(StoreError) {
                _ = try store.peek(account) { old in
                    do throws(DecodeError) { try record.takeOver(from: old) } catch { flaw = error }
                }
            } catch {
                guard error.reason == .recordMissing else { throw error }
                isLost = true
            }
        }
        if let flaw, !isLost { throw Failure(appendix: flaw, desk) }
    }

    private func printProvisioned(
        _ token: borrowing NewToken, _ codes: borrowing NewBackupCodes, _ desk: Desk
    ) throws {
        let user = user ?? text(token.account.name)
        let uri = text(try token.uri().array)
        guard json else {
            return try desk.say(
                "user: \(printable(user))\nuri: \(uri)\nsecret: \(token.key)\n"
                    + "backup codes: \(codes.shown.joined(separator: " "))")
        }
        try desk.sayJSON(Provisioned(user: user, uri: uri, secret: token.key, backupCodes: codes.shown))
    }

    private struct Provisioned: Encodable {
        let user: String
        let uri: String
        let secret: String
        let backupCodes: [String]
    }
}
