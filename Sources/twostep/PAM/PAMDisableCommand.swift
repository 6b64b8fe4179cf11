internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

struct PAMDisableCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Have a service ask for no code any more.",
        discussion: "EXAMPLE\n  twostep pam disable sshd")

    @Argument(help: "The service.") var service: String
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    private struct Disabled: Encodable {
        let service: String
        let file: String
        let diff: [String]
        /// Nil where what was there before a change that waited is back.
        let before: String?
    }

    /// Takes the line out. A change that waits is taken back, which needs no room; what it kept stays until then.
    ///
    /// - Returns: whether that was it.
    private func take(_ old: [UInt8], _ new: [UInt8], _ waiting: PendingChange?, _ changes: borrowing PendingChanges)
        throws(SystemError) -> Bool
    {
        guard let waiting else {
            try changes.keep(service, old, hadFile: true)
            do throws(SystemError) { try changes.put(service, new) } catch {
                // The new file may be there all the same: the disk may fail behind the renaming.
                if try PendingChanges.current(service) != old { try changes.putBack(service, old, hadFile: true) }
                throw error
            }
            return false
        }
        // Where it gave the line other arguments, the line was there before, and would be back.
        if try !PAMChange.hasLine(changes.kept(of: service) ?? []) {
            if try changes.restore(waiting) == .done { return true }
            // Somebody has edited the file since.
        }
        try changes.put(service, new)
        changes.forget(service)
        return false
    }

    /// What is said of a disk that failed: by what is there now, not by how far this got.
    private func failure(_ error: SystemError, _ old: [UInt8], _ waiting: PendingChange?) -> Failure {
        var isMade = false
        do throws(SystemError) { isMade = try PendingChanges.current(service) != old } catch {}
        guard !isMade else {
            logChange(.pamDisabled, service, cause: error.name)
            return Failure(
                "\(printable(service)) asks for no code any more, and the disk has failed (\(text(error.name)))",
                hint: "a crash may bring the line back: look with: twostep pam status", .inputOutput)
        }
        return Failure(
            "the change cannot be made (\(text(error.name)))"
                + (waiting == nil
                    ? "; nothing was changed" : "; the one that waits is taken back when its time is up"),
            hint: "make room, or make it writable", .inputOutput)
    }

    func run(_ desk: Desk) throws {
        let folder = ServiceFiles.read().folder
        let new: [UInt8]
        do throws(PAMChange.Refusal) { new = try PAMChange.disabling(service, in: folder) } catch {
            throw Failure("\(printable(service)): \(error.text); nothing was changed", hint: error.cure, .cannotCreate)
        }
        guard let file = folder.files[service], file.path == "\(PendingChanges.services)/\(service)" else {
            throw Failure.noServiceFile
        }
        let diff = UnifiedDiff.lines(file.text, new, file.path)
        try confirmChange(desk, diff, yes: yes, json: json)
        let changes = try PendingChanges.open()
        guard try PendingChanges.current(service) == file.text else {
            throw Failure("the file has changed meanwhile; nothing was done", hint: "start again", .unavailable)
        }
        let waiting = try changes.change(of: service)
        let isRestored: Bool
        do throws(SystemError) { isRestored = try take(file.text, new, waiting, changes) } catch {
            throw failure(error, file.text, waiting)
        }
        if try changes.all().isEmpty { ChangeGuard.stop() }
        logChange(.pamDisabled, service)
        guard !isRestored else {
            if json {
                return try desk.sayJSON(
                    Disabled(service: service, file: file.path, diff: diff, before: nil), isDone: true)
            }
            return try desk.say(
                "\(service) asks for no code any more: the change that waited is taken back.", isDone: true)
        }
        let before = "\(PendingChanges.path)/\(service).old"
        if json {
            return try desk.sayJSON(
                Disabled(service: service, file: file.path, diff: diff, before: before), isDone: true)
        }
        try desk.say("\(service) asks for no code any more. What was there before: \(before)", isDone: true)
    }
}
