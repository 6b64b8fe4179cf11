internal import ArgumentParser
internal import TwostepCore

struct BackupCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup-codes", abstract: "Tell how many backup codes a user has left, or give new ones.",
        discussion: """
            New ones take a current code of the user. The old ones count until the new ones are confirmed.

            EXAMPLES
              twostep backup-codes alice
              twostep backup-codes alice --regenerate
              twostep backup-codes alice --regenerate --override --reason "lost phone, ticket 123"
            """)

    @Argument(help: "The user.") var user: String
    @Flag(help: "Give new ones in place of those there are.") var regenerate = false
    @OptionGroup var override: OverrideOptions
    @Flag(help: "Print JSON (with --regenerate: and ask nothing, with --override).") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if override.isGiven, !regenerate { throw ValidationError("--override goes with --regenerate") }
        if json, regenerate, !override.isGiven {
            throw ValidationError("--json with --regenerate goes with --override")
        }
    }

    private struct Left: Encodable {
        let user: String
        let backupCodesLeft: Int
    }

    private struct Fresh: Encodable {
        let user: String
        let backupCodes: [String]
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        if regenerate { return try giveNew(account, configuration) }
        let left = try lookAtRecord(account, configuration) { (record) throws(Failure) in record.backupCodes.left }
        if json { return try sayJSON(Left(user: user, backupCodesLeft: left)) }
        try say("backup codes left: \(left)")
        if let hint = UserStatus.backupCodesHint(left: left, user: user, configuration) { try say(hint) }
    }

    /// The old set stands until the new one is stored, and the new one is stored only after it was seen.
    private func giveNew(_ account: Account, _ configuration: Configuration) throws {
        guard configuration.backupCodes > 0 else {
            throw Failure(
                "this site gives no backup codes", hint: "set backup_codes in \(text(site.path))", .configuration)
        }
        let before = try lookAtRecord(account, configuration) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return Identity(record)
        }
        if !override.isGiven {
            try say("Type a current code of \(printable(user))'s, or a backup code. It is used up.")
            try askForCode(of: account, configuration)
            try say()
        }
        let codes = try NewBackupCodes(count: configuration.backupCodes)
        if json {
            try sayJSON(Fresh(user: user, backupCodes: codes.shown))
        } else {
            try Dialogue(configuration: configuration).show(codes, step: "Your new")
        }
        let hashes = try codes.hashes(cost: configuration.bcryptCost)
        try changeRecord(account, configuration) { (record, _, _) throws(Failure) in
            guard Identity(record) == before else { throw Failure.changedMeanwhile(account) }
            try record.checkIsActive(account)
            record.backupCodes = hashes
        }
        var event = ToolEvent("backup-codes-regenerated", account)
        event.add("left", [UInt8](decimal: Int64(hashes.left)))
        override.tell(&event)
        event.log()
        guard !json else { return }
        try say("\(printable(user)) has \(hashes.left) new backup codes. The old ones no longer count.", isDone: true)
    }

    /// Tells the record and the set that a person has seen from others that somebody else made meanwhile.
    private struct Identity: Equatable {
        let created: Int64
        let setting: [UInt8]

        init(_ record: borrowing Record) {
            created = record.created
            setting = record.backupCodes.setting
        }
    }
}
