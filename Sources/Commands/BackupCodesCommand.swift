package import ArgumentParser
internal import TwostepCore

package struct BackupCodesCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "backup-codes", abstract: "Tell how many backup codes a user has left, or give new ones.",
        discussion: """
            New ones take a current code of the user. The old ones count until the new ones are confirmed.

            EXAMPLES
              twostep backup-codes alice
              twostep backup-codes alice --regenerate
              twostep backup-codes alice --regenerate --override --reason "lost phone, ticket 123"
            """)

    @Argument(help: "The user; without root, oneself.", completion: .user) var user: String?
    @Flag(help: "Give new ones in place of those there are.") var regenerate = false
    @OptionGroup var override: OverrideOptions
    @Flag(help: "Print JSON (with --regenerate: and ask nothing, with --override).") var json = false
    @OptionGroup var sheet: SheetOption
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var wantedFiles: WantedFiles { WantedFiles(sheet: sheet.save) }

    package var needsPassword: Bool { regenerate }

    package func request() throws -> [String] {
        try override.checkIsNotGiven()
        return ["backup-codes"] + (regenerate ? ["--regenerate"] : []) + (json ? ["--json"] : []) + ["--"]
            + [user].compactMap(\.self)
    }

    package func validate() throws {
        if sheet.save != nil, !regenerate { throw ValidationError("--save goes with --regenerate") }
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

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        let name = user ?? text(account.name)
        if regenerate { return try giveNew(account, desk) }
        let (left, state) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            (record.backupCodes.left, record.state)
        }
        if json { return try desk.sayJSON(Left(user: name, backupCodesLeft: left)) }
        try desk.say("backup codes left: \(left)")
        if let hint = UserStatus.backupCodesHint(left: left, state: state, user: name, desk) {
            try desk.say(hint)
        }
    }

    /// The old set stands until the new one is stored, and the new one is stored only after it was seen.
    private func giveNew(_ account: Account, _ desk: Desk) throws {
        let configuration = desk.configuration
        let name = user ?? text(account.name)
        guard configuration.backupCodes > 0 else {
            throw Failure(
                "this site gives no backup codes",
                hint: desk.cure("set backup_codes in \(text(desk.configurationPath))"),
                .configuration)
        }
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return RecordStamp(record)
        }
        try desk.confirmOwner(account, json: json)
        if desk.owner == nil, !override.isGiven {
            try desk.say("Type a current code of \(printable(name))'s, or a backup code. It is used up.")
            try askForCode(of: account, desk)
            try desk.say()
        }
        let codes = try NewBackupCodes(count: configuration.backupCodes)
        if json {
            try desk.console.keep(codes.sheet(for: name, desk))
            try desk.sayJSON(Fresh(user: name, backupCodes: codes.shown))
        } else {
            try Dialogue(desk: desk).show(codes, of: name, step: "Your new")
        }
        if !json { try codes.tellOfHashing(desk) }
        let hashes = try codes.hashes(cost: configuration.bcryptCost)
        try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            try before.check(record, of: account)
            try record.checkIsActive(account)
            record.backupCodes = hashes
        }
        var event = ToolEvent(.backupCodesRegenerated, account, desk)
        event.add("left", [UInt8](decimal: Int64(hashes.left)))
        override.tell(&event)
        event.log()
        guard !json else { return }
        try desk.say(
            "\(printable(name)) has \(hashes.left) new backup codes. The old ones no longer count.", isDone: true)
    }
}
