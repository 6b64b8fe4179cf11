package import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

package struct StatusCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show a user's second step, or the site's without a user.",
        discussion: "EXAMPLE\n  twostep status alice")

    @Argument(help: "The user; without one, how many are enrolled, or without root, oneself.", completion: .user)
    var user: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var needsPassword: Bool { false }

    package func request() -> [String] { ["status"] + (json ? ["--json"] : []) + ["--"] + [user].compactMap(\.self) }

    package func run(_ desk: Desk) throws {
        if user == nil, desk.owner == nil { return try showSite(desk) }
        let account = try desk.account(of: user)
        let now = try desk.readClock()
        let found = try desk.withStore { (store) throws(StoreError) in
            try store.peek(account) { UserStatus(account, $0, rules: desk.configuration.rules, now: now) }
        }
        let status = found ?? UserStatus(account)
        if json { try desk.sayJSON(status) } else { try show(status, desk) }
    }

    private struct SiteStatus: Encodable {
        let enrolled: Int
        let required: [String]
        let exempt: [String]
        let enrollBy: String?

        init(enrolled: Int, _ policy: PolicyText) {
            self.enrolled = enrolled
            required = policy.required
            exempt = policy.exempt
            enrollBy = policy.enrollBy
        }
    }

    private func showSite(_ desk: Desk) throws {
        let configuration = desk.configuration
        let count = try desk.withStore { (store) throws(StoreError) in try store.enrolledUIDs().count }
        if json { return try desk.sayJSON(SiteStatus(enrolled: count, PolicyText(configuration))) }
        try desk.say("configuration: \(text(desk.configurationPath))")
        try desk.say("key: \(text(configuration.key))")
        try desk.say("store: \(text(configuration.store))")
        for line in PolicyText(configuration).lines { try desk.say(line) }
        try desk.say("enrolled: \(count)")
    }

    private func show(_ status: UserStatus, _ desk: Desk) throws {
        try desk.say("user: \(printable(status.user)) (uid \(status.uid))")
        guard status.enrolled else {
            try desk.say("second step: not enrolled")
            return try showEnrolment(status, desk)
        }
        try desk.say("second step: \(status.state ?? "")\(status.confirmed == false ? ", not used yet" : "")")
        try showEnrolment(status, desk)
        for token in status.tokens { try desk.say(line(token)) }
        for key in status.securityKeys {
            try desk.say("security key: \(printable(key.label)), \(key.type), last used \(key.lastUsed ?? "never")")
        }
        let left = status.backupCodesLeft ?? 0
        try desk.say("backup codes left: \(left)")
        if let hint = UserStatus.backupCodesHint(left: left, user: status.user, desk) { try desk.say(hint) }
        try desk.say("known sources: \(status.knownSources ?? 0)")
        if let failures = status.failures, failures > 0 { try desk.say("failures in a row: \(failures)") }
        for group in status.guessesUsedUp ?? [] {
            try desk.say("guesses used up: \(group == "world" ? "unknown" : "known") sources")
        }
        try showLock(status, desk)
    }

    private func showEnrolment(_ status: UserStatus, _ desk: Desk) throws {
        if let until = status.invitedUntil { try desk.say("invited to enrol at a login until: \(until)") }
        guard let stage = status.enrolment else { return }
        let words =
            stage == "key-shown" ? "the key was shown, no code was typed" : "the app works, backup codes are to come"
        try desk.say("enrolment begun: \(words)")
    }

    private func line(_ token: UserStatus.TokenStatus) -> String {
        let period = token.period.map { ", \($0) s" } ?? ""
        let drift = token.drift.map { $0 == 0 ? "" : ", clock \($0 > 0 ? "+" : "")\($0) steps" } ?? ""
        return "token \(token.id): \(printable(token.label)), \(token.kind), \(token.algorithm), "
            + "\(token.digits) digits\(period)\(drift), last used \(token.lastUsed ?? "never")"
    }

    private func showLock(_ status: UserStatus, _ desk: Desk) throws {
        if let until = status.worldLockedUntil { try desk.say("locked until: \(until), from unknown sources") }
        if let until = status.knownLockedUntil { try desk.say("locked until: \(until), from a known source") }
        guard status.lockedUntil != nil else { return }
        let cure =
            desk.owner == nil ? "twostep unlock \(printable(status.user)) ends it" : "your administrator can end it"
        try desk.say("two codes in a row, or a backup code, count all the same; \(cure)")
    }
}
