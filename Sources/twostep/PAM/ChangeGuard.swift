internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

/// Who takes a change back when nobody confirms it, whatever becomes of this program.
enum ChangeGuard {
    private static let timer = "twostep-pam-rollback.timer"
    private static let unit = "twostep-pam-rollback.service"

    /// Starts a process in a session of its own, which waits; and systemd's timer, where it runs.
    static func start() throws(SystemError) {
        let nothing = try Descriptor.nothing()
        _ = try Program.start(
            ["/proc/self/exe", "pam", "rollback", "--wait"].map { Array($0.utf8) },
            environment: Program.plainEnvironment, input: nothing, output: nothing, error: nothing)
        systemctl("start", timer)
    }

    /// Stops the timer once nothing waits any more; the process ends by itself.
    static func stop() { systemctl("stop", timer) }

    private static func systemctl(_ verb: String, _ unit: String) {
        guard hasSystemd else { return }
        do throws(SystemError) {
            _ = try FinishedProgram.run(
                ["/usr/bin/systemctl", "--no-block", verb, unit].map { Array($0.utf8) }, within: 5000)
        } catch {}
    }

    private static var hasSystemd: Bool { Look.exists("/run/systemd/system") }

    /// Whether the next boot takes it back as well.
    static var survivesReboot: Bool {
        hasSystemd
            && ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"].contains {
                Look.exists("\($0)/multi-user.target.wants/\(unit)")
            }
    }

    private static let cronFile = "/etc/cron.d/twostep"
    private static let cronLine = "@reboot root /usr/bin/twostep pam rollback"

    /// What is to be told of a reboot while a change waits: nothing where systemd sees to it.
    static var atReboot: [String] {
        guard !survivesReboot else { return [] }
        var lines: [String] = []
        do throws(SystemError) {
            lines = text(try Look.file(at: Array(cronFile.utf8))).split(separator: "\n").map(String.init)
        } catch {}
        guard !lines.contains(cronLine) else {
            return ["At a reboot before that cron takes it back, where it runs: \(cronFile)"]
        }
        return [
            "A reboot before that leaves it as it is: systemd does not run here, or has no",
            "\(unit). With cron it is taken back then as well, by:",
            "  echo '\(cronLine)' >\(cronFile)",
        ]
    }

    /// Takes back every change whose time is up.
    ///
    /// - Returns: seconds until the next one; nil where none waits any more.
    static func rollBackDue(only service: String? = nil, now: Bool = false, reason: StaticString = "unconfirmed")
        throws(Failure) -> Int64?
    {
        // Where none waits nothing is made either: a guard may look after Twostep was removed.
        do throws(SystemError) {
            guard try !PendingChanges.seen().isEmpty else { return nil }
        } catch {}
        let changes = try PendingChanges.open()
        var next: Int64?
        for change in try changes.all() where service == nil || change.service == service {
            let left = change.secondsLeft(boot: Boot.id, sinceBoot: secondsSinceBoot() ?? .max)
            if left > 0, !now {
                next = min(next ?? left, left)
                continue
            }
            if change.isEdited, !now { continue }
            let why: StaticString = now ? reason : change.boot == Boot.id ? reason : "booted"
            do throws(SystemError) {
                switch try changes.restore(change) {
                case .done: logChange(.pamRolledBack, change.service, reason: [UInt8](text: why))
                case .edited: logChange(.pamNotRolledBack, change.service, reason: [UInt8](text: "edited"), .error)
                }
            } catch {
                logChange(.pamNotRolledBack, change.service, reason: [UInt8](text: "failed"), cause: error.name, .error)
                next = min(next ?? 5, 5)
            }
        }
        if next == nil, try changes.all().allSatisfy(\.isEdited) { stop() }
        return next
    }
}
