internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

struct PAMEnableCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Have a service ask for the code behind the password.",
        discussion: """
            Shows the change, makes it, tries it, and takes it back after five minutes unless: twostep pam confirm

            EXAMPLES
              twostep pam enable sshd
              twostep pam enable sshd nullok
            """)

    @Argument(help: "The service: the name of a file in /etc/pam.d.") var service: String
    @Argument(help: "What stands behind pam_twostep.so: nullok, 'prompt=Code: ', …") var arguments: [String] = []
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Do it though it looks as if somebody would be shut out.") var force = false
    @Option(help: ArgumentHelp("Minutes until it is taken back (default: 5).", valueName: "number")) var minutes = 5.0
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard (0.01...1440).contains(minutes) else { throw ValidationError("--minutes takes 0.01 to 1440") }
    }

    private struct Enabled: Encodable {
        let service: String
        let file: String
        let diff: [String]
        let secondsLeft: Int
        let survivesReboot: Bool
    }

    func run(_ desk: Desk) throws {
        let examination = Examination(ServiceFiles.read(), configurationPath: desk.configurationPath)
        let words = try moduleArguments(desk)
        let folder = examination.files.folder
        // What is never changed is told before what stands in the way of a change.
        try refusing { () throws(PAMChange.Refusal) in _ = try PAMChange.check(service, folder) }
        try LockOut(service: service, force: force).refuse(desk, examination, words)
        let placed = try refusing { () throws(PAMChange.Refusal) in
            try PAMChange.enabling(service, arguments: words, in: folder) { examination.context(for: $0, nil) }
        }
        let new = placed.text
        guard let before = folder.files[service] else { throw Failure.noServiceFile }
        let hadFile = before.path.hasPrefix(PendingChanges.services + "/")
        let path = "\(PendingChanges.services)/\(service)"
        let diff = UnifiedDiff.lines(hadFile ? before.text : [], new, path, isNew: !hadFile)
        for finding in placed.warnings {
            desk.warn("\(finding.what) (\(finding.check.rawValue))", hint: finding.cure)
        }
        try confirmChange(desk, diff, remarks: remarks(words, folder, desk), yes: yes, json: json)
        try make(before.text, new, hadFile: hadFile, desk)
        let seconds = Int(minutes * 60)
        if json {
            return try desk.sayJSON(
                Enabled(
                    service: service, file: path, diff: diff, secondsLeft: seconds,
                    survivesReboot: ChangeGuard.survivesReboot), isDone: true)
        }
        try tell(placed, seconds, desk)
    }

    private func remarks(_ words: [[UInt8]], _ folder: PAMFolder, _ desk: Desk) -> [String] {
        guard let stacks = PAMService.load(service, from: folder) else { return [] }
        do throws(ModuleOptions.Problem) {
            return ChangeRemarks.lines(try ModuleOptions.parse(words), desk.configuration, now: wallClock(), stacks)
        } catch {
            return []
        }
    }

    private func refusing<Answer>(_ body: () throws(PAMChange.Refusal) -> Answer) throws(Failure) -> Answer {
        do throws(PAMChange.Refusal) { return try body() } catch {
            throw Failure(
                "\(printable(service)): \(error.text); nothing was changed",
                hint: error.cure, .cannotCreate)
        }
    }

    private func tell(_ placed: PAMChange.Placed, _ seconds: Int, _ desk: Desk) throws {
        let what = placed.wasThere ? "\(service)'s line has other arguments now" : "\(service) asks for a code now"
        let lines = [
            "\(what). It is taken back in \(seconds) s, unless you",
            "log in from another terminal, with the code, and then run:", "  twostep pam confirm \(service)",
        ]
        for line in lines + ChangeGuard.atReboot { try desk.say(line, isDone: true) }
    }

    private func moduleArguments(_ desk: Desk) throws(Failure) -> [[UInt8]] {
        var words = arguments.map { Array($0.utf8) }
        if !desk.configurationPath.equals(Configuration.defaultPath) {
            words.append(Array("config=".utf8) + desk.configurationPath)
        }
        if StackJudge.oneFieldServices.contains(service), !arguments.contains("forward_pass") {
            words.append(Array("forward_pass".utf8))
        }
        do throws(ModuleOptions.Problem) {
            _ = try ModuleOptions.parse(words)
        } catch {
            throw Failure(
                "the module does not take '\(printable(text(error.argument)))' (\(error.text))",
                hint: "pam_twostep(8) has the list", .usage)
        }
        guard words.allSatisfy({ !$0.contains { $0 < 0x20 || $0 == 0x5D || $0 == 0x23 || $0 == 0x5C } }) else {
            throw Failure("an argument cannot stand in a service file", hint: "without # ] and backslash", .usage)
        }
        return words
    }

    private func make(_ old: [UInt8], _ new: [UInt8], hadFile: Bool, _ desk: Desk) throws {
        let now = try desk.readClock()
        let change = PendingChange(
            service: service, boot: Boot.id, deadline: (secondsSinceBoot() ?? 0) + Int64((minutes * 60).rounded(.up)),
            made: now, hadFile: hadFile, configuration: text(desk.configurationPath))
        try begin(change, old, new)
        let trial = ChangeTrial.run(service)
        guard let trouble = trial.trouble else { return logChange(.pamEnabled, service) }
        guard takeBack() else {
            throw Failure(
                "tried, and not taken back yet: \(trouble)",
                hint: "the log says why; it is tried again, or at once: twostep pam rollback \(service)", .inputOutput)
        }
        throw Failure(
            "tried, and taken back: \(trouble)", hint: "look with: twostep doctor; the log has what the stack said",
            .configuration)
    }

    /// - Returns: whether the change is gone.
    private func takeBack() -> Bool {
        do throws(Failure) {
            _ = try ChangeGuard.rollBackDue(only: service, now: true, reason: "trial-failed")
            return try PendingChanges.open().change(of: service) == nil
        } catch {
            return false
        }
    }

    private func begin(_ change: PendingChange, _ old: [UInt8], _ new: [UInt8]) throws {
        let changes = try PendingChanges.open()
        if let waiting = try changes.change(of: service) {
            throw Failure(
                "a change of \(printable(service)) waits already",
                hint: waiting.isEdited
                    ? "somebody has edited the file since; take the line out: twostep pam disable \(printable(service))"
                    : "twostep pam confirm, or twostep pam rollback",
                .cannotCreate)
        }
        guard try !change.hadFile || PendingChanges.current(service) == old else {
            throw Failure("the file has changed meanwhile; nothing was done", hint: "start again", .unavailable)
        }
        do throws(SystemError) {
            try changes.note(change, old: old, new: new)
            try ChangeGuard.start()
            try changes.put(service, new)
        } catch {
            // The new file may be there all the same: the disk may fail behind the renaming.
            var isBack = false
            do throws(SystemError) { isBack = try changes.restore(change) == .done } catch {}
            throw Failure(
                "the change cannot be made (\(text(error.name))); "
                    + (isBack ? "nothing was changed" : "it is not taken back yet, which is tried again"),
                hint: isBack ? "make room, or make it writable" : "twostep pam rollback \(service)", .inputOutput)
        }
    }
}
