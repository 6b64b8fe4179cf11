internal import ArgumentParser
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

/// What `status` and `list` tell of a user; never a secret. The names are those of the JSON.
struct UserStatus: Encodable {
    struct TokenStatus: Encodable {
        let id: UInt32
        let label: String
        let kind: String
        let algorithm: String
        let digits: Int
        let period: Int?
        let lastUsed: String?
    }

    let user: String
    let uid: UInt32
    let enrolled: Bool
    var state: String?
    var confirmed: Bool?
    var tokens: [TokenStatus] = []
    var backupCodesLeft: Int?
    var failures: UInt32?
    var lockedUntil: String?
    var created: String?
    /// Why the record cannot be read; only in `list`, which goes on with the others.
    var error: String?

    init(_ account: Account, error: String? = nil) {
        user = text(account.name)
        uid = account.uid
        enrolled = error != nil
        self.error = error
    }

    init(_ account: Account, _ record: borrowing Record, now: Int64) {
        user = text(account.name)
        uid = account.uid
        enrolled = true
        state = UserStatus.name(record.state)
        confirmed = record.confirmed
        tokens = record.tokens.map(UserStatus.describe)
        backupCodesLeft = record.backupCodes.left
        failures = record.throttle.failures
        lockedUntil = record.throttle.lockedUntil(now).map(UserStatus.time)
        created = UserStatus.time(record.created)
    }

    static func name(_ state: Record.State) -> String {
        switch state {
        case .pending: "pending"
        case .active: "active"
        case .mustReenrol: "must-reenrol"
        case .disabled: "disabled"
        }
    }

    private static func describe(_ token: Token) -> TokenStatus {
        TokenStatus(
            id: token.id, label: text(token.label), kind: token.kind == .totp ? "totp" : "hotp",
            algorithm: "\(token.algorithm.text)",
            digits: token.digits, period: token.kind == .totp ? token.period : nil,
            lastUsed: token.lastUsed > 0 ? time(token.lastUsed) : nil)
    }

    /// ISO 8601, UTC.
    static func time(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }

    var lastUsed: String? { tokens.compactMap(\.lastUsed).max() }
}

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
            try store.peek(account) { UserStatus(account, $0, now: now) }
        }
        let status = found ?? UserStatus(account)
        if json { try sayJSON(status) } else { try show(status) }
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

    private func show(_ status: UserStatus) throws {
        try say("user: \(printable(status.user)) (uid \(status.uid))")
        guard status.enrolled else { return try say("second step: not enrolled") }
        try say("second step: \(status.state ?? "")\(status.confirmed == false ? ", not used yet" : "")")
        for token in status.tokens {
            let period = token.period.map { ", \($0) s" } ?? ""
            try say(
                "token \(token.id): \(printable(token.label)), \(token.kind), \(token.algorithm), "
                    + "\(token.digits) digits\(period), last used \(token.lastUsed ?? "never")")
        }
        try say("backup codes left: \(status.backupCodesLeft ?? 0)")
        if let failures = status.failures, failures > 0 { try say("failures in a row: \(failures)") }
        if let until = status.lockedUntil { try say("locked until: \(until)") }
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
            for uid in try store.enrolledUIDs() { rows.append(ListCommand.row(uid, store, now: now)) }
            return rows
        }
        if json { return try sayJSON(rows) }
        try show(rows)
    }

    /// One user's row; a record that cannot be read is told in its row, so that one does not hide the others.
    private static func row(_ uid: UInt32, _ store: borrowing OpenStore, now: Int64) -> UserStatus {
        let unknown = Account(uid: uid, name: Array("?".utf8))
        let account: Account
        do throws(SystemError) {
            guard let entry = try PasswordEntry.withUID(uid) else { return UserStatus(unknown, error: "no-account") }
            account = Account(uid: uid, name: entry.name)
        } catch {
            return UserStatus(unknown, error: "\(StoreError.Reason.accountsUnavailable.text)")
        }
        do throws(StoreError) {
            return try store.peek(account) { UserStatus(account, $0, now: now) }
                ?? UserStatus(account, error: "\(StoreError.Reason.recordMissing.text)")
        } catch {
            return UserStatus(account, error: "\(error.reason.text)")
        }
    }

    private func show(_ rows: [UserStatus]) throws {
        let table =
            [["USER", "UID", "STATE", "TOKENS", "BACKUP", "LAST USED"]]
            + rows.map { row in
                [
                    printable(row.user), "\(row.uid)",
                    row.error ?? (row.lockedUntil == nil ? row.state : "locked") ?? "", "\(row.tokens.count)",
                    "\(row.backupCodesLeft ?? 0)", row.lastUsed ?? "never",
                ]
            }
        let widths = (0..<6).map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            try say(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }
}
