internal import ArgumentParser
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

struct EnrollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Give a user a second step.",
        discussion: """
            EXAMPLES
              twostep enroll alice
              twostep enroll alice --provision --json
            """)

    @Argument(help: "The user.") var user: String
    @Flag(help: "Ask nothing and print what the user needs; usable at once.") var provision = false
    @Flag(help: "Print JSON (with --provision).") var json = false
    @OptionGroup var wanted: TokenOptions
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if json, !provision { throw ValidationError("--json goes with --provision") }
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        // Before anybody scans anything.
        if try withStore(configuration, { (store) throws(StoreError) in try store.isEnrolled(account) }) {
            throw Failure.alreadyEnrolled(user)
        }
        let wish = wanted.wish(configuration, label: wanted.label.map { Array($0.utf8) } ?? TokenOptions.usualLabel)
        let token = NewToken(account: account, wish: wish, secret: try wanted.makeSecret(configuration))
        let codes = try NewBackupCodes(count: configuration.backupCodes)
        if provision {
            var record = try token.record(confirmed: false, floor: 0, now: wallClockSeconds())
            record.backupCodes = try codes.hashes(cost: configuration.bcryptCost)
            // First printed, then stored: a secret that nobody could read would lock somebody out.
            try printProvisioned(token, codes)
            try save(record, account, configuration)
        } else {
            let dialogue = Dialogue(configuration: configuration)
            try say("Setting up the second step for \(printable(text(account.name))).\n")
            let floor = try dialogue.prove(token)
            if codes.count > 0 { try dialogue.show(codes, step: "\n3. Your") }
            var record = try token.record(confirmed: true, floor: floor, now: wallClockSeconds())
            record.backupCodes = try codes.hashes(cost: configuration.bcryptCost)
            try save(record, account, configuration)
            try say("\(user) now has a second step.", isDone: true)
        }
    }

    private func save(_ record: borrowing Record, _ account: Account, _ configuration: Configuration) throws {
        var problem: EnrolmentError?
        try withStore(configuration) { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(account, record) } catch { problem = error }
        }
        switch problem {
        case nil: break
        case .alreadyEnrolled: throw Failure.alreadyEnrolled(user)
        case .store(let error): throw Failure(error, site: configuration)
        }
        var line = ToolEvent("enrolled", account)
        line.add("provisioned", provision ? "yes" : "no")
        line.log()
    }

    private func printProvisioned(_ token: borrowing NewToken, _ codes: borrowing NewBackupCodes) throws {
        let uri = text(try token.uri().array)
        guard json else {
            return try say(
                "user: \(user)\nuri: \(uri)\nsecret: \(token.key)\n"
                    + "backup codes: \(codes.shown.joined(separator: " "))")
        }
        try sayJSON(Provisioned(user: user, uri: uri, secret: token.key, backupCodes: codes.shown))
    }

    private struct Provisioned: Encodable {
        let user: String
        let uri: String
        let secret: String
        let backupCodes: [String]
    }
}
