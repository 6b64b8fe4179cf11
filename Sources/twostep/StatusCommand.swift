internal import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show a user's second step, or the site's without a user.",
        discussion: "EXAMPLE\n  twostep status alice")

    @Argument(help: "The user; without one, how many are enrolled.") var user: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func run() throws {
        let configuration = try site.load()
        guard let user else { return try showSite(configuration) }
        let account = try findAccount(user)
        let now = wallClockSeconds()
        let found = try withStore(configuration) { (store) throws(StoreError) in
            try store.peek(account) { UserStatus(account, $0, rules: configuration.rules, now: now) }
        }
        let status = found ?? UserStatus(account)
        if json { try sayJSON(status) } else { try show(status, configuration) }
    }

    private func showSite(_ configuration: Configuration) throws {
        let count = try withStore(configuration) { (store) throws(StoreError) in try store.enrolledUIDs().count }
        if json { return try sayJSON(["enrolled": count]) }
        try say("configuration: \(text(site.path))")
        try say("key: \(text(configuration.key))")
        try say("store: \(text(configuration.store))")
        try say("required: \(configuration.requiredForAll ? "all" : "none")")
        try say("enrolled: \(count)")
    }

    private func show(_ status: UserStatus, _ configuration: Configuration) throws {
        try say("user: \(printable(status.user)) (uid \(status.uid))")
        guard status.enrolled else { return try say("second step: not enrolled") }
        try say("second step: \(status.state ?? "")\(status.confirmed == false ? ", not used yet" : "")")
        for token in status.tokens { try say(line(token)) }
        for key in status.securityKeys {
            try say("security key: \(printable(key.label)), \(key.type), last used \(key.lastUsed ?? "never")")
        }
        let left = status.backupCodesLeft ?? 0
        try say("backup codes left: \(left)")
        if let hint = UserStatus.backupCodesHint(left: left, user: status.user, configuration) { try say(hint) }
        try say("known sources: \(status.knownSources ?? 0)")
        if let failures = status.failures, failures > 0 { try say("failures in a row: \(failures)") }
        for group in status.guessesUsedUp ?? [] {
            try say("guesses used up: \(group == "world" ? "unknown" : "known") sources")
        }
        try showLock(status)
    }

    private func line(_ token: UserStatus.TokenStatus) -> String {
        let period = token.period.map { ", \($0) s" } ?? ""
        let drift = token.drift.map { $0 == 0 ? "" : ", clock \($0 > 0 ? "+" : "")\($0) steps" } ?? ""
        return "token \(token.id): \(printable(token.label)), \(token.kind), \(token.algorithm), "
            + "\(token.digits) digits\(period)\(drift), last used \(token.lastUsed ?? "never")"
    }

    private func showLock(_ status: UserStatus) throws {
        if let until = status.worldLockedUntil { try say("locked until: \(until), from unknown sources") }
        if let until = status.knownLockedUntil { try say("locked until: \(until), from a known source") }
        guard status.lockedUntil != nil else { return }
        try say(
            "two codes in a row, or a backup code, count all the same; twostep unlock \(printable(status.user)) ends it"
        )
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List everybody who has a second step.")

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func run() throws {
        let configuration = try site.load()
        let now = wallClockSeconds()
        let rows = try withStore(configuration) { (store) throws(StoreError) in
            var rows: [UserStatus] = []
            for uid in try store.enrolledUIDs() {
                rows.append(ListCommand.row(uid, store, rules: configuration.rules, now: now))
            }
            return rows
        }
        if json { return try sayJSON(rows) }
        try show(rows, configuration)
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

    private func show(_ rows: [UserStatus], _ configuration: Configuration) throws {
        let table =
            [["USER", "UID", "STATE", "TOKENS", "KEYS", "BACKUP", "LAST USED"]]
            + rows.map { row in
                [
                    printable(row.user), "\(row.uid)",
                    row.error ?? (row.lockedUntil == nil ? row.state : "locked") ?? "", "\(row.tokens.count)",
                    "\(row.securityKeys.count)", ListCommand.backupCodes(row, configuration), row.lastUsed ?? "never",
                ]
            }
        let widths = (0..<7).map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            try say(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }
}
