internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

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
            guard let left = try PendingChanges.open().change(of: service) else {
                let desk = Desk(StandardConsole(), Configuration(), from: [])
                return try desk.say("\(service): the change is taken back.", isDone: true)
            }
            guard left.isEdited else {
                throw Failure(
                    "\(left.service): it could not be put back; the log says why",
                    hint: "make /etc writable; try again",
                    .inputOutput)
            }
            throw Failure(
                "\(left.service): somebody has edited the file meanwhile; it stays as it is",
                hint: "twostep pam disable \(left.service) takes the line out; what was there before is "
                    + "\(PendingChanges.path)/\(left.service).old", .cannotCreate)
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
            pause(milliseconds: 999)
        }
    }
}
