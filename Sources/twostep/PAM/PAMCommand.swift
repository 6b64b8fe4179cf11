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
