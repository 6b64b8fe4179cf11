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
        if json {
            // One row at a time, as it is read: a site may have a hundred thousand.
            var out = JSONRows(desk)
            try forEach(desk, now: now) { try out.add($0.json) }
            return try out.end()
        }
        var table = TextTable(["USER", "UID", "STATE", "TOKENS", "KEYS", "BACKUP", "LAST USED"])
        try forEach(desk, now: now) { table.add(cells($0, desk.configuration)) }
        try table.write(to: desk)
    }

    /// Runs `body` with everybody's row, ascending by uid; a record that cannot be read is told in its row, so that one
    /// does not hide the others.
    private func forEach(_ desk: Desk, now: Int64, _ body: (UserStatus) throws -> Void) throws {
        let rules = desk.configuration.rules
        var problem: (any Error)?
        try desk.withStore { (store) throws(StoreError) in
            let uids = try store.enrolledUIDs()
            let progress = Progress("users", of: uids.count, quiet: json)
            do {
                let accounts = try AccountDirectory(expecting: uids.count)
                var look = RecordLook()
                for uid in uids {
                    try body(ListCommand.row(uid, store, &look, accounts, rules: rules, now: now))
                    progress.step()
                }
            } catch {
                problem = error
            }
            progress.end()
        }
        if let problem { throw problem }
    }

    private static func row(
        _ uid: UInt32, _ store: borrowing OpenStore, _ look: inout RecordLook, _ accounts: AccountDirectory,
        rules: VerificationRules, now: Int64
    ) -> UserStatus {
        let unknown = Account(uid: uid, name: Array("?".utf8))
        let account: Account
        do throws(Failure) {
            guard let found = try accounts.account(uid: uid) else { return UserStatus(unknown, error: "no-account") }
            account = found
        } catch {
            return UserStatus(unknown, error: "\(StoreError.Reason.accountsUnavailable.text)")
        }
        do throws(StoreError) {
            return try look.look(at: account, in: store, isNamed: true) {
                UserStatus(account, $0, rules: rules, now: now)
            } ?? UserStatus(account, error: "\(StoreError.Reason.recordMissing.text)")
        } catch {
            return UserStatus(account, error: "\(error.reason.text)")
        }
    }

    /// How many are left, and whether that is few.
    private func backupCodes(_ row: UserStatus, _ configuration: Configuration) -> String {
        guard let left = row.backupCodesLeft else { return "0" }
        return UserStatus.areFew(left, configuration) ? "\(left) (few)" : "\(left)"
    }

    private func cells(_ row: UserStatus, _ configuration: Configuration) -> [String] {
        [
            printable(row.user), "\(row.uid)", row.error ?? (row.lockedUntil == nil ? row.state : "locked") ?? "",
            "\(row.tokens.count)", "\(row.securityKeys.count)", backupCodes(row, configuration),
            UserStatus.lastUse(row.lastUsed),
        ]
    }
}
