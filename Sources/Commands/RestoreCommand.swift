package import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

package struct RestoreCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "After a backup was put back: count as spent what may be.",
        discussion: """
            Codes of apps count again after three minutes, backup and counted codes after one of those. It may be
            interrupted, and run again, at any time.

            EXAMPLE
              twostep restore
            """)

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
        var unguarded: [Unguarded] = []
        var left: [Left] = []
    }

    /// What becomes of one record.
    private enum Change {
        case guarded, gone
        case unguarded(counted: Bool, backupCodes: Int)
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
            switch try RestoreCommand.restore(account, store, rules: desk.configuration.rules, now: now) {
            case .guarded: result.records += 1
            // Removed while this went on.
            case .gone: break
            case .unguarded(let counted, let backupCodes):
                result.records += 1
                result.unguarded.append(
                    Restored.Unguarded(user: user ?? "", counted: counted, backupCodes: backupCodes))
            }
        } catch {
            result.left.append(Restored.Left(uid: uid, user: user, error: "\(error.reason.text)"))
        }
    }

    private static func restore(
        _ account: Account, _ store: borrowing OpenStore, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Change {
        var isSound = true
        let changed = try store.change(account) { record, _, _ in
            let isTimed = record.tokens.contains { $0.kind == .totp }
            // The very thing that is done where a slot that may have known better is damaged.
            record.becomeCautious(rules: rules, now: now)
            // What was given out before the copy may have been used since.
            do throws(DecodeError) { try record.voidWhatWasGivenOut() } catch { isSound = false }
            record.changed = now
            let isCounted = record.tokens.contains { $0.kind == .hotp }
            let codes = record.backupCodes.left
            return .save(
                isTimed || !isCounted && codes == 0
                    ? Change.guarded : .unguarded(counted: isCounted, backupCodes: codes))
        }
        guard let changed else {
            // A record that the index names, and is gone, is an error.
            try store.proveAbsent(account)
            return .gone
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
        try desk.say("records that count as used until now: \(result.records)", isDone: true)
    }
}
