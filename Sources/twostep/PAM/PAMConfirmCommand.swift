internal import ArgumentParser
internal import Commands
internal import Doctor
internal import TwostepCore

struct PAMConfirmCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Keep a change, once a new login by it has worked.",
        discussion: "EXAMPLE\n  twostep pam confirm sshd")

    @Argument(help: "The service; without one, every change that waits.") var service: String?
    @Flag(help: "Keep it though no login by it is on record.") var override = false
    @Option(help: "With --override: why, for the log.") var reason: String?
    @Option(
        help: ArgumentHelp("Look for the login in this syslog file.", valueName: "path"), completion: .file())
    var file: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        try checkOverride(override, reason)
        if let file, !isPlainPath(Array(file.utf8)) { throw ValidationError("not an absolute path: \(file)") }
    }

    func run(_ desk: Desk) throws {
        let changes = try PendingChanges.open()
        let waiting = try changes.all().filter { service == nil || $0.service == service }
        guard !waiting.isEmpty else {
            throw Failure("no change waits to be confirmed", hint: "look with: twostep pam status", .dataError)
        }
        let logins = override ? [:] : try self.logins(for: waiting, now: desk.readClock())
        for change in waiting {
            changes.forget(change.service)
            logChange(.pamConfirmed, change.service, reason: reason.map { Array($0.utf8) } ?? [])
        }
        if try changes.all().isEmpty { ChangeGuard.stop() }
        if json { return try desk.sayJSON(["confirmed": waiting.map(\.service)], isDone: true) }
        for change in waiting {
            try desk.say("\(change.service): the change stays.", isDone: true)
            if let login = logins[change.service] { try desk.say("What counted: \(login)", isDone: true) }
        }
    }

    /// The login that counts for each of the changes, by service.
    private func logins(for waiting: [PendingChange], now: Int64) throws -> [String: String] {
        let evidence = LoginEvidence(log: LoggedLogins(file: file, now: now))
        var logins: [String: String] = [:]
        for change in waiting {
            do {
                logins[change.service] = try evidence.login(for: change)
            } catch let failure as Failure {
                throw Failure(
                    "by which service somebody was let in says the log alone: \(failure.message)",
                    hint: "name your syslog daemon's with --file; or: twostep pam confirm --override --reason TEXT",
                    failure.status)
            }
            guard logins[change.service] != nil else {
                throw Failure(
                    "nobody has been let in by \(change.service) with a code since it was changed",
                    hint: "log in from another terminal first; or: twostep pam confirm --override --reason TEXT",
                    .refused)
            }
        }
        return logins
    }
}
