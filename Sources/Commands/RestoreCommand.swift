package import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

package struct RestoreCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "After a backup was put back: count as spent what may be.",
        discussion: """
            Codes of apps count again after three minutes, counted codes after one of those. Backup codes count no more:
            nobody can say which were used since. It may be interrupted, and run again.

            EXAMPLES
              twostep restore
              twostep restore --keep-backup-codes
            """)

    @Flag(help: "Leave backup codes as the backup has them, where none can have been used since.")
    var keepBackupCodes = false

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    /// The names are those of the JSON.
    private struct Restored: Encodable {
        struct Left: Encodable {
            let uid: UInt32
            let user: String?
            let error: String
        }

        struct Unguarded: Encodable {
            let user: String
            let counted: Bool
            let backupCodes: Int
        }

        var records = 0
        /// Of how many people backup codes count no more, or again once they have given a code of the app.
        var backupCodesVoid = 0
        var backupCodesKept = 0
        var unguarded: [Unguarded] = []
        var left: [Left] = []
    }

    /// What becomes of one record.
    private struct Change {
        /// Whether what was used since cannot count before a timed code has passed.
        let isGuarded: Bool
        let isCounted: Bool
        /// How many backup codes counted before, and count after.
        let codes: (before: Int, after: Int)
    }

    package func run(_ desk: Desk) throws {
        var result = Restored()
        try desk.withStore { (store) throws(StoreError) in
            let uids = try store.recordUIDs()
            let progress = Progress("records", of: uids.count, quiet: json)
            for uid in uids {
                take(uid, store, desk, &result)
                progress.step()
            }
            progress.end()
        }
        var event = ToolEvent(.restored, desk)
        event.add("records", [UInt8](decimal: Int64(result.records)))
        event.add("backup-codes", [UInt8](text: keepBackupCodes ? "kept" : "void"))
        if !result.left.isEmpty { event.add("left", [UInt8](decimal: Int64(result.left.count))) }
        event.log()
        if json { try desk.sayJSON(result, isDone: true) } else { try tell(result, desk) }
        guard !result.left.isEmpty else { return }
        throw Failure(
            "\(result.left.count) records are as the backup has them",
            hint: "mend or remove them and run it again: /usr/share/doc/twostep/docs/troubleshooting.md", .dataError,
            leavesDoubt: true)
    }

    private func take(_ uid: UInt32, _ store: borrowing OpenStore, _ desk: Desk, _ result: inout Restored) {
        var user: String?
        do throws(StoreError) {
            let account: Account
            do throws(SystemError) {
                guard let entry = try PasswordEntry.withUID(uid) else {
                    return result.left.append(Restored.Left(uid: uid, user: nil, error: "no-account"))
                }
                account = Account(uid: uid, name: entry.name)
            } catch {
                throw StoreError(.accountsUnavailable, cause: error.name)
            }
            user = text(account.name)
            guard let now = wallClock() else { throw StoreError(.clockUnavailable) }
            let rules = desk.configuration.rules
            // Nil where it was removed while this went on.
            guard let change = try restore(account, store, rules: rules, now: now) else { return }
            result.records += 1
            if change.codes.after > 0 {
                result.backupCodesKept += 1
            } else if change.codes.before > 0 {
                result.backupCodesVoid += 1
            }
            guard !change.isGuarded else { return }
            result.unguarded.append(
                Restored.Unguarded(
                    user: user ?? "", counted: change.isCounted, backupCodes: change.codes.after))
        } catch {
            result.left.append(Restored.Left(uid: uid, user: user, error: "\(error.reason.text)"))
        }
    }

    private func restore(
        _ account: Account, _ store: borrowing OpenStore, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Change? {
        var isSound = true
        let changed = try store.change(account) { record, _, _ in
            let isTimed = record.tokens.contains { $0.kind == .totp }
            // The very thing that is done where a slot that may have known better is damaged.
            record.becomeCautious(rules: rules, now: now)
            // What was given out before the copy may have been used since.
            do throws(DecodeError) { try record.voidWhatWasGivenOut() } catch { isSound = false }
            record.changed = record.nextChange(at: now)
            let isCounted = record.tokens.contains { $0.kind == .hotp }
            let codes = record.backupCodes.left
            if !keepBackupCodes { record.backupCodes.spendAll(at: now) }
            let left = record.backupCodes.left
            return .save(
                Change(
                    isGuarded: isTimed || !isCounted && left == 0, isCounted: isCounted, codes: (codes, left)))
        }
        guard let changed else {
            // A record that the index names, and is gone, is an error.
            try store.proveAbsent(account)
            return nil
        }
        if let error = changed.doubt ?? changed.leftover { throw error }
        guard isSound else { throw StoreError(.recordCorrupt, cause: "contents") }
        return changed.answer
    }

    private func tell(_ result: Restored, _ desk: Desk) throws {
        for one in result.left {
            let name = one.user.map(printable) ?? "uid \(one.uid)"
            try desk.say("\(name): \(one.error)", isDone: true)
        }
        for one in result.unguarded {
            let user = printable(one.user)
            try desk.say("\(user) has no timed code that could prove anything:", isDone: true)
            if one.counted { try desk.say("  twostep token resync \(user) TOKEN", isDone: true) }
            if one.backupCodes > 0 {
                try desk.say(
                    "  twostep backup-codes \(user) --regenerate --override --reason \"restored\"", isDone: true)
            }
        }
        try tellOfBackupCodes(result, desk)
        try desk.say("records that count as used until now: \(result.records)", isDone: true)
    }

    private func tellOfBackupCodes(_ result: Restored, _ desk: Desk) throws {
        if result.backupCodesKept > 0 {
            try desk.say("people whose backup codes count as in the backup: \(result.backupCodesKept)", isDone: true)
            try desk.say("  what they used since counts again; to see who did: twostep log", isDone: true)
        }
        guard result.backupCodesVoid > 0 else { return }
        try desk.say("people whose backup codes count no more: \(result.backupCodesVoid)", isDone: true)
        try desk.say("  new ones, by themselves: twostep backup-codes --regenerate", isDone: true)
        try desk.say(
            "  by you: twostep backup-codes USER --regenerate --override --reason \"restored\"", isDone: true)
    }
}
