internal import Crypto
internal import Notices
internal import TwostepCore

/// What `status` and `list` tell of a user; never a secret. The names are those of the JSON.
struct UserStatus {
    struct TokenStatus {
        let id: UInt32
        let label: String
        let kind: String
        let algorithm: String
        let digits: Int
        let period: Int?
        let drift: Int?
        let lastUsed: Int64?
    }

    struct SecurityKeyStatus {
        let label: String
        let type: String
        let publicKey: String
        let lastUsed: Int64?
    }

    let user: String
    let uid: UInt32
    let enrolled: Bool
    var state: String?
    var confirmed: Bool?
    var tokens: [TokenStatus] = []
    var securityKeys: [SecurityKeyStatus] = []
    var backupCodesLeft: Int?
    var knownSources: Int?
    var failures: UInt32?
    /// The later of the two below.
    var lockedUntil: String?
    var worldLockedUntil: String?
    var knownLockedUntil: String?
    /// Whose budgets cannot pay for a code: `world`, `known`.
    var guessesUsedUp: [String]?
    /// Until when an enrolment code lets the user enrol at a login.
    var invitedUntil: String?
    /// How far an enrolment at a login is that is not complete: `key-shown`, `app-proven`.
    var enrolment: String?
    /// What is missing for getting back in by mail: `address`, `answers`; nil where the site has no such thing.
    var recoveryMissing: [String]?
    /// Until when a recovery code or token counts.
    var recoveryUntil: String?
    /// How many logins need no code for a while; nil where the site remembers none.
    var rememberedLogins: Int?
    /// Until when the last of them needs none.
    var rememberedUntil: String?
    var created: Int64?
    var changed: Int64?
    /// Why the record cannot be read; only in `list`, which goes on with the others.
    var error: String?

    init(_ account: Account, error: String? = nil) {
        user = text(account.name)
        uid = account.uid
        enrolled = error != nil
        self.error = error
    }

    init(_ account: Account, _ record: borrowing Record, rules: VerificationRules, now: Int64) {
        user = text(account.name)
        uid = account.uid
        enrolled = record.state != .pending
        state = UserStatus.name(record.state)
        confirmed = record.confirmed
        tokens = record.tokens.map(UserStatus.describe)
        securityKeys = record.securityKeys.map(UserStatus.describe)
        backupCodesLeft = record.backupCodes.left
        knownSources = record.knownSources(now: now)
        failures = record.throttle.failures
        worldLockedUntil = record.lockedUntil(.world, rules: rules, now: now).map(UserStatus.time)
        knownLockedUntil = record.lockedUntil(.known, rules: rules, now: now).map(UserStatus.time)
        lockedUntil = [worldLockedUntil, knownLockedUntil].compactMap { $0 }.max()
        guessesUsedUp =
            (record.hasUsedUpBudget(.world, rules: rules, now: now) ? ["world"] : [])
            + (record.hasUsedUpBudget(.known, rules: rules, now: now) ? ["known"] : [])
        invitedUntil = (try? record.invitation())?.map { UserStatus.time($0.expires) }
        enrolment = UserStatus.stage(of: record)
        created = record.created
        changed = record.changed
    }

    /// Adds what `status` alone tells.
    mutating func addRecovery(_ record: borrowing Record, isByEmail: Bool, now: Int64) {
        guard record.isRecoverable else { return }
        if isByEmail {
            recoveryMissing = WayBackPart.missing(in: record).map(\.rawValue)
        }
        recoveryUntil = record.recoveryUntil(at: now).map(UserStatus.time)
    }

    /// Adds the logins that need no code. A record keeps keyed hashes of them: of which services and sources they are nobody
    /// can tell, nor which of them are of before a reboot and count no more.
    ///
    /// - Parameters:
    ///   - period: of `remember`, in seconds.
    ///   - uptime: seconds since the machine was started.
    mutating func addRemembered(_ record: borrowing Record, period: Int, uptime: Int64?, now: Int64) {
        guard period > 0, let uptime, record.state == .active, uid != 0 else { return }
        let left = record.cautious ? [] : record.remembered.map { Int64($0.at) + Int64(period) - uptime }
        let open = left.filter { $0 > 0 && $0 <= Int64(period) }
        rememberedLogins = open.count
        rememberedUntil = open.max().map { UserStatus.time(now + $0) }
    }

    static func name(_ state: Record.State) -> String {
        switch state {
        case .pending: "pending"
        case .active: "active"
        case .mustReenrol: "must-reenrol"
        case .disabled: "disabled"
        }
    }

    private static func stage(of record: borrowing Record) -> String? {
        guard let enrolment = try? record.enrolment() else { return nil }
        return enrolment.stage == .shown ? "key-shown" : "app-proven"
    }

    private static func describe(_ token: Token) -> TokenStatus {
        let isTimed = token.kind == .totp
        return TokenStatus(
            id: token.id, label: text(token.label), kind: token.kind.name, algorithm: "\(token.algorithm.text)",
            digits: token.digits, period: isTimed ? token.period : nil, drift: isTimed ? Int(token.drift) : nil,
            lastUsed: token.lastUsed > 0 ? token.lastUsed : nil)
    }

    private static func describe(_ key: SecurityKey) -> SecurityKeyStatus {
        SecurityKeyStatus(
            label: text(key.label), type: text(Array(key.publicKey.prefix { $0 != 0x20 })),
            publicKey: text(key.publicKey), lastUsed: key.lastUsed > 0 ? key.lastUsed : nil)
    }

    /// Whether the record lets somebody in.
    var isActive: Bool { state == UserStatus.name(.active) }

    /// ISO 8601, UTC.
    static func time(_ seconds: Int64) -> String { Moment.text(seconds) }

    var lastUsed: Int64? { (tokens.compactMap(\.lastUsed) + securityKeys.compactMap(\.lastUsed)).max() }

    /// For people: when something was used last.
    static func lastUse(_ seconds: Int64?) -> String { seconds.map(time) ?? "never" }

    /// Whether somebody should get new backup codes before there are none; not where the site gives none.
    static func areFew(_ left: Int, _ configuration: Configuration) -> Bool {
        left <= 2 && configuration.backupCodes > 0
    }

    /// What to do where few backup codes are left. A record that lets nobody in gets none.
    static func backupCodesHint(left: Int, state: Record.State, user: String, _ desk: Desk) -> String? {
        guard state == .active else {
            return "\(printable(user))'s second step is \(name(state)); look with: twostep status \(printable(user))"
        }
        guard areFew(left, desk.configuration) else { return nil }
        return "few are left; new ones: twostep backup-codes \(printable(user)) --regenerate"
    }
}
