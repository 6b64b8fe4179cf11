internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

struct PAMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pam", abstract: "Have a service ask for the code, without locking anybody out.",
        discussion: """
            A change is shown, made, tried, and taken back by itself unless a new login confirms it.

            EXAMPLES
              twostep pam enable sshd
              twostep pam confirm               once you have logged in anew
              twostep pam disable sshd
            """,
        subcommands: [
            PAMEnableCommand.self, PAMConfirmCommand.self, PAMRollbackCommand.self, PAMDisableCommand.self,
            PAMStatusCommand.self, PAMTryCommand.self,
        ])
}

struct PAMConfirmCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Keep a change, once a new login by it has worked.",
        discussion: "EXAMPLE\n  twostep pam confirm sshd")

    @Argument(help: "The service; without one, every change that waits.") var service: String?
    @Flag(help: "Keep it though no login by it is on record.") var override = false
    @Option(help: "With --override: why, for the log.") var reason: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard override == (reason != nil) else { throw ValidationError("--override and --reason go together") }
    }

    func run(_ desk: Desk) throws {
        let changes = try PendingChanges.open()
        let waiting = try changes.all().filter { service == nil || $0.service == service }
        guard !waiting.isEmpty else {
            throw Failure("no change waits to be confirmed", hint: "look with: twostep pam status", .dataError)
        }
        var logins: [String: String] = [:]
        for change in waiting where !override {
            logins[change.service] = LoginEvidence.login(for: change)
            guard logins[change.service] != nil else {
                throw Failure(
                    "nobody has been let in by \(change.service) with a code since it was changed",
                    hint: "log in from another terminal first; or: twostep pam confirm --override --reason TEXT",
                    .refused)
            }
        }
        for change in waiting {
            changes.forget(change.service)
            var line = EventLine(.pamConfirmed, severity: .notice)
            line.add("service", Array(change.service.utf8))
            line.add("by", [UInt8](decimal: Int64(realUserID())))
            if let reason { line.add("reason", Array(reason.utf8)) }
            line.log()
        }
        if try changes.all().isEmpty { ChangeGuard.stop() }
        if json { return try desk.sayJSON(["confirmed": waiting.map(\.service)], isDone: true) }
        for change in waiting {
            try desk.say("\(change.service): the change stays.", isDone: true)
            if let login = logins[change.service] { try desk.say("What counted: \(login)", isDone: true) }
        }
    }
}

struct PAMRollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Take back changes whose time is up, or that of a service at once.",
        discussion: "EXAMPLE\n  twostep pam rollback sshd")

    @Argument(help: "The service whose change is taken back at once.") var service: String?
    @Flag(help: "Wait until every change is confirmed or taken back.") var wait = false

    func run() throws {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        openSystemLog(as: "twostep")
        if let service {
            guard try PendingChanges.open().change(of: service) != nil else {
                throw Failure(
                    "no change of \(printable(service)) waits", hint: "look with: twostep pam status", .dataError)
            }
            _ = try ChangeGuard.rollBackDue(only: service, now: true, reason: "asked")
            guard let left = try PendingChanges.open().change(of: service) else { return }
            guard left.isEdited else {
                throw Failure(
                    "\(left.service): it could not be put back; the log says why",
                    hint: "make /etc writable; try again",
                    .inputOutput)
            }
            throw Failure(
                "\(left.service): somebody has edited the file meanwhile; it stays as it is",
                hint: "what was there before is \(PendingChanges.path)/\(left.service).old", .cannotCreate)
        }
        while true {
            let left: Int64?
            do throws(Failure) { left = try ChangeGuard.rollBackDue() } catch {
                // Somebody holds the lock, or the disk is away for a moment: it is tried until it works.
                guard wait else { throw error }
                pause(milliseconds: 999)
                continue
            }
            guard wait, left != nil else { return }
            pause(milliseconds: 250)
        }
    }
}

struct PAMTryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Run a service's stack once, with a name that nobody has.",
        discussion: """
            Exit status 0: the code is asked, and a wrong one refused. Nobody's password is needed, and nobody is charged.

            EXAMPLE
              twostep pam try sshd
            """)

    @Argument(help: "The service.") var service: String

    func run() throws {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        openSystemLog(as: "twostep")
        let trial = ChangeTrial.runHere(service)
        guard let trouble = trial.trouble else { return }
        throw Failure(trouble, hint: "look with: twostep doctor", .configuration)
    }
}

struct PAMStatusCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which services ask for a code, and which changes wait.",
        discussion: "EXAMPLE\n  twostep pam status")

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    private struct Shown: Encodable {
        struct Waiting: Encodable {
            let service: String
            let secondsLeft: Int64
            let edited: Bool
        }
        let services: [String]
        let waiting: [Waiting]
    }

    func run(_ desk: Desk) throws {
        let waiting = try PendingChanges.open().all().map {
            Shown.Waiting(
                service: $0.service, secondsLeft: $0.secondsLeft(boot: Boot.id, sinceBoot: secondsSinceBoot() ?? .max),
                edited: $0.isEdited)
        }
        let services = PAMSite(ServiceFiles.read().folder).services.filter { !$0.lines.isEmpty }.map(\.name)
        if json { return try desk.sayJSON(Shown(services: services, waiting: waiting)) }
        try desk.say("asks for a code: \(services.isEmpty ? "no service" : services.joined(separator: ", "))")
        for change in waiting {
            try desk.say(
                change.edited
                    ? "\(change.service): was to be taken back, and has been edited by somebody; it stays as it is"
                    : "\(change.service): taken back in \(change.secondsLeft) s unless confirmed")
        }
    }
}
