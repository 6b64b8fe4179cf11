package import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

package struct RestoreCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "After a backup was put back: count as spent what may be.",
        discussion: """
            Codes of apps count again after three minutes, counted codes after one of those. Backup codes count no more,
            nor do invitations and recovery codes: nobody can say which were used since. Decide first whether to keep
            backup codes: what a run without the option has voided stays void. It may be interrupted, and run again.
            At a terminal it asks first.

            EXAMPLES
              twostep restore
              twostep restore --keep-backup-codes
            """)

    @Flag(help: "Leave backup codes as the backup has them, where none can have been used since.")
    var keepBackupCodes = false

    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    /// The names are those of the JSON.
    struct Restored: Encodable {
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
        /// Of how many people none were left that could have been kept.
        var backupCodesGone = 0
        /// From when on every code that an app shows counts again, of everybody; nil where nobody has an app.
        var appCodesFrom: String?
        /// Who gets in by nothing that they have: whoever was only invited, or was to enrol anew.
        var refusedUntilInvited: [String] = []
        var unguarded: [Unguarded] = []
        var left: [Left] = []
    }

    /// What becomes of one record.
    private struct Change {
        /// Whether what was used since cannot count before a timed code has passed.
        let isGuarded: Bool
        let isCounted: Bool
        /// Whether it takes a new code to get in: what was given out is void.
        let mustReenrol: Bool
        /// How many backup codes there are, counted before, and count after.
        let codes: (all: Int, before: Int, after: Int)
        /// From when on codes of the app count, seconds since the epoch; nil where there is none.
        let appCodesFrom: Int64?
    }

    package func run(_ desk: Desk) throws {
        if !yes, !json, StandardStream.input.isTerminal { try confirm(desk) }
        var result = Restored()
        var from: Int64?
        try desk.withStore { (store) throws(StoreError) in
            let uids = try store.recordUIDs()
            let progress = Progress("records", of: uids.count, quiet: json)
            for uid in uids {
                from = [from, take(uid, store, desk, &result)].compactMap(\.self).max()
                progress.step()
            }
            progress.end()
        }
        result.appCodesFrom = from.map(UserStatus.time)
        var event = ToolEvent(.restored, desk)
        event.add("records", [UInt8](decimal: Int64(result.records)))
        event.add("backup-codes", [UInt8](text: keepBackupCodes ? "kept" : "void"))
        if !result.left.isEmpty { event.add("left", [UInt8](decimal: Int64(result.left.count))) }
        event.log()
        if json { try desk.sayJSON(result, isDone: true) } else { try tell(result, desk) }
        guard !result.left.isEmpty else { return }
        throw Failure(
            result.left.count == 1
                ? "1 record is as the backup has it" : "\(result.left.count) records are as the backup has them",
            hint: "mend or remove them and run it again: /usr/share/doc/twostep/docs/troubleshooting.md", .dataError,
            leavesDoubt: true)
    }

    /// - Returns: from when on codes of the app count, where there is one.
    private func take(_ uid: UInt32, _ store: borrowing OpenStore, _ desk: Desk, _ result: inout Restored) -> Int64? {
        var user: String?
        do throws(StoreError) {
            let account: Account
            do throws(SystemError) {
                guard let entry = try PasswordEntry.withUID(uid) else {
                    result.left.append(Restored.Left(uid: uid, user: nil, error: "no-account"))
                    return nil
                }
                account = Account(uid: uid, name: entry.name)
            } catch {
                throw StoreError(.accountsUnavailable, cause: error.name)
            }
            user = text(account.name)
            guard let now = wallClock() else { throw StoreError(.clockUnavailable) }
            let rules = desk.configuration.rules
            // Nil where it was removed while this went on.
            guard let change = try restore(account, store, rules: rules, now: now) else { return nil }
            result.records += 1
            if change.codes.after > 0 {
                result.backupCodesKept += 1
            } else if change.codes.before > 0 {
                result.backupCodesVoid += 1
            } else if keepBackupCodes, change.codes.all > 0 {
                result.backupCodesGone += 1
            }
            if change.mustReenrol { result.refusedUntilInvited.append(user ?? "") }
            if !change.isGuarded {
                result.unguarded.append(
                    Restored.Unguarded(
                        user: user ?? "", counted: change.isCounted, backupCodes: change.codes.after))
            }
            return change.appCodesFrom
        } catch {
            result.left.append(Restored.Left(uid: uid, user: user, error: "\(error.reason.text)"))
            return nil
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
            let codes = (all: record.backupCodes.entries.count, before: record.backupCodes.left)
            if !keepBackupCodes { record.backupCodes.spendAll(at: now) }
            let left = record.backupCodes.left
            return .save(
                Change(
                    isGuarded: isTimed || !isCounted && left == 0, isCounted: isCounted,
                    mustReenrol: record.state == .mustReenrol, codes: (codes.all, codes.before, left),
                    appCodesFrom: record.timedCodesFrom(rules)))
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
}

extension Record {
    /// From when on every code counts that an app shows, be it as far behind as the window lets it be; seconds since the
    /// epoch, of the token where that is last. Nil where there are no timed tokens.
    fileprivate func timedCodesFrom(_ rules: VerificationRules) -> Int64? {
        tokens.filter { $0.kind == .totp }
            .map { ($0.floor &- Int64($0.drift) &+ Int64(rules.window)) &* Int64($0.period) }.max()
    }
}
