package import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

package struct ListCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List everybody who has a second step.",
        discussion: "EXAMPLE\n  twostep list --json")

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package func run(_ desk: Desk) throws {
        let now = try desk.readClock()
        let rows = try desk.withStore { (store) throws(StoreError) in
            var rows: [UserStatus] = []
            for uid in try store.enrolledUIDs() {
                rows.append(ListCommand.row(uid, store, rules: desk.configuration.rules, now: now))
            }
            return rows
        }
        if json { return try desk.sayJSON(rows) }
        try show(rows, desk)
    }

    /// One user's row; a record that cannot be read is told in its row, so that one does not hide the others.
    private static func row(
        _ uid: UInt32, _ store: borrowing OpenStore, rules: VerificationRules, now: Int64
    ) -> UserStatus {
        let unknown = Account(uid: uid, name: Array("?".utf8))
        let account: Account
        do throws(SystemError) {
            guard let entry = try PasswordEntry.withUID(uid) else { return UserStatus(unknown, error: "no-account") }
            account = Account(uid: uid, name: entry.name)
        } catch {
            return UserStatus(unknown, error: "\(StoreError.Reason.accountsUnavailable.text)")
        }
        do throws(StoreError) {
            return try store.peek(account) { UserStatus(account, $0, rules: rules, now: now) }
                ?? UserStatus(account, error: "\(StoreError.Reason.recordMissing.text)")
        } catch {
            return UserStatus(account, error: "\(error.reason.text)")
        }
    }

    /// How many are left, and whether that is few.
    private static func backupCodes(_ row: UserStatus, _ configuration: Configuration) -> String {
        guard let left = row.backupCodesLeft else { return "0" }
        return UserStatus.areFew(left, configuration) ? "\(left) (few)" : "\(left)"
    }

    private func show(_ rows: [UserStatus], _ desk: Desk) throws {
        let table =
            [["USER", "UID", "STATE", "TOKENS", "KEYS", "BACKUP", "LAST USED"]]
            + rows.map { row in
                [
                    printable(row.user), "\(row.uid)",
                    row.error ?? (row.lockedUntil == nil ? row.state : "locked") ?? "", "\(row.tokens.count)",
                    "\(row.securityKeys.count)", ListCommand.backupCodes(row, desk.configuration),
                    row.lastUsed ?? "never",
                ]
            }
        let widths = (0..<7).map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            try desk.say(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }
}
