package import ArgumentParser
internal import Linux
internal import Notices
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
        // An owner learns nothing of what is wrong with the site.
        let isByEmail = (try? readRecoverySettings(at: desk.configurationPath))?.isByEmail ?? false
        let found = try desk.withStore { (store) throws(StoreError) in
            try store.peek(account) { record in
                var status = UserStatus(account, record, rules: desk.configuration.rules, now: now)
                status.addRecovery(record, isByEmail: isByEmail, now: now)
                status.addRemembered(
                    record, period: desk.configuration.remember, uptime: secondsSinceBoot(), now: now)
                return status
            }
        }
        let status = found ?? UserStatus(account)
        if json { try desk.sayJSON(status.json) } else { try show(status, desk) }
    }

    /// The names are those of the JSON.
    private struct SiteStatus: Encodable {
        let enrolled: Int
        let pending: Int
        let keyRotation: String?
        let required: [String]
        let exempt: [String]
        let enrollBy: String?
        let recovery: String?
        let deliverCommand: String?

        init(enrolled: Int, pending: Int, keyRotation: String?, _ policy: PolicyText, _ ways: WaysBackText) {
            self.enrolled = enrolled
            self.pending = pending
            self.keyRotation = keyRotation
            required = policy.required
            exempt = policy.exempt
            enrollBy = policy.enrollBy
            recovery = ways.recovery
            deliverCommand = ways.deliverCommand
        }
    }

    private func showSite(_ desk: Desk) throws {
        let configuration = desk.configuration
        // The index names whoever has a record: also who is invited, or has not finished enrolling.
        var (enrolled, pending) = (0, 0)
        try Everybody(desk: desk, now: try desk.readClock(), quiet: json).look((enrolled: 0, pending: 0)) {
            if $1.enrolled { $0.enrolled += 1 } else { $0.pending += 1 }
        } _: {
            enrolled += $0.enrolled
            pending += $0.pending
        }
        let isRotating: Bool
        do throws(StoreError) { isRotating = try KeyRotation.isUnfinished(configuration) } catch {
            throw Failure(error, site: configuration)
        }
        let ways = WaysBackText(at: desk.configurationPath)
        if json {
            return try desk.sayJSON(
                SiteStatus(
                    enrolled: enrolled, pending: pending, keyRotation: isRotating ? "unfinished" : nil,
                    PolicyText(configuration), ways))
        }
        try desk.say("configuration: \(text(desk.configurationPath))")
        try desk.say("key: \(text(configuration.key))")
        try desk.say("store: \(text(configuration.store))")
        for line in PolicyText(configuration).lines + ways.lines { try desk.say(line) }
        try desk.say("enrolled: \(enrolled)")
        if pending > 0 { try desk.say("invited or not done with enrolling: \(pending)") }
        if isRotating {
            try desk.say("the key is being changed, or a rotation was interrupted;")
            try desk.say("to finish it: twostep key rotate")
        }
    }

    private func show(_ status: UserStatus, _ desk: Desk) throws {
        try desk.say("user: \(printable(status.user)) (uid \(status.uid))")
        guard status.enrolled else {
            try desk.say("second step: not enrolled")
            return try showEnrolment(status, desk)
        }
        let isUnused = status.isActive && status.confirmed == false
        try desk.say("second step: \(status.state ?? "")\(isUnused ? ", not used yet" : "")")
        for line in wayBack(status, desk) { try desk.say(line) }
        try showEnrolment(status, desk)
        for token in status.tokens { try desk.say(line(token)) }
        for key in status.securityKeys {
            try desk.say(
                "security key: \(printable(key.label)), \(key.type), last used \(UserStatus.lastUse(key.lastUsed))")
        }
        let left = status.backupCodesLeft ?? 0
        try desk.say("backup codes left: \(left)")
        let hint = UserStatus.backupCodesHint(left: left, state: .active, user: status.user, desk)
        if status.isActive, let hint { try desk.say(hint) }
        try showRecovery(status, desk)
        try desk.say("known sources: \(status.knownSources ?? 0)")
        if let logins = status.rememberedLogins {
            let until = status.rememberedUntil.map { ", until \($0) at the latest" } ?? ""
            try desk.say("logins that need no code for a while: \(logins)\(until)")
        }
        if let failures = status.failures, failures > 0 { try desk.say("failures in a row: \(failures)") }
        for group in status.guessesUsedUp ?? [] {
            try desk.say("guesses used up: \(group == "world" ? "unknown" : "known") sources")
        }
        try showLock(status, desk)
    }

    /// How somebody gets a second step again whose record lets them in by nothing.
    private func wayBack(_ status: UserStatus, _ desk: Desk) -> [String] {
        let name = printable(status.user)
        switch status.state {
        case UserStatus.name(.mustReenrol):
            let what = "\(name) sets up a new one at a login, with"
            if status.recoveryUntil != nil { return ["\(what) the code that was made"] }
            guard desk.owner == nil else { return ["\(what) a code of your administrator's"] }
            return ["\(what) a code made by:", "twostep recover \(name) --reason TEXT"]
        case UserStatus.name(.disabled):
            return ["to begin anew: \(desk.cure("twostep disable \(name) --override --reason TEXT"))"]
        default: return []
        }
    }

    private func showRecovery(_ status: UserStatus, _ desk: Desk) throws {
        let name = printable(status.user)
        if let missing = status.recoveryMissing {
            try desk.say(missing.isEmpty ? "recovery by mail: ready" : "recovery by mail: not ready")
            if missing.contains("address") {
                try desk.say("no verified address; to set one: twostep contact \(name) --set ADDRESS")
            }
            if missing.contains("answers") {
                try desk.say("no answered questions; to answer them: twostep contact \(name) --questions")
            }
        }
        if let until = status.recoveryUntil { try desk.say("a recovery code counts until: \(until)") }
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
            + "\(token.digits) digits\(period)\(drift), last used \(UserStatus.lastUse(token.lastUsed))"
    }

    private func showLock(_ status: UserStatus, _ desk: Desk) throws {
        if let until = status.worldLockedUntil { try desk.say("locked until: \(until), from unknown sources") }
        if let until = status.knownLockedUntil { try desk.say("locked until: \(until), from a known source") }
        guard status.lockedUntil != nil else { return }
        let cure =
            desk.owner == nil ? "twostep unlock \(printable(status.user)) ends it" : "your administrator can end it"
        try desk.say("two codes in a row, or a backup code, count all the same;")
        try desk.say(cure)
    }
}
