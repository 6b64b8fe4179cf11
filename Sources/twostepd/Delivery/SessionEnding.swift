internal import Commands
internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore

/// Ends every session of somebody who has just got back in: by logind where it knows them, and what is left by their
/// processes. It goes on step by step; whoever asked waits at the other end of a pipe.
final class SessionEnding {
    private enum Stage {
        case begun
        case logind(RunningProgram)
        case toAsk
        /// Asked to end, until a time by `monotonicMilliseconds`.
        case asked(until: Int64)
        case killed(until: Int64)
    }

    /// Milliseconds for logind, for a shell to end by itself, and for a process that was killed to be gone. Together less
    /// than `SessionRequest.patience`.
    private static let logindLimit: Int64 = 4_000
    private static let grace: Int64 = 1_000
    private static let killLimit: Int64 = 2_000
    /// Milliseconds between two looks at all processes.
    private static let pace: Int64 = 50
    private static let loginctl = "/usr/bin/loginctl"

    private let request: SessionRequest
    private let answer: Descriptor
    private var stage = Stage.begun
    private var targets: SessionTargets
    private var loginctlFailed: [UInt8] = []
    private var nextLook: Int64 = 0
    private var inLogind = 0

    init(_ request: SessionRequest, answerAt answer: consuming Descriptor) {
        self.request = request
        self.answer = answer
        targets = SessionTargets(user: request.user, uid: request.uid)
    }

    /// Does what can be done without waiting.
    ///
    /// - Returns: whether it is over; the log has what came of it.
    func step() -> Bool {
        if answer.hasNoReader { return end(.gone) }
        if case .logind(let program) = stage {
            guard let result = program.step() else { return false }
            if case .failed(let cause) = result { loginctlFailed = cause }
            stage = .toAsk
            nextLook = 0
        }
        let now = monotonicMilliseconds()
        guard now >= nextLook else { return false }
        nextLook = now + SessionEnding.pace
        do throws(SystemError) { return act(on: try look(), now) } catch { return end(.cannotLook, cause: error.name) }
    }

    /// - Parameter left: what is still there.
    /// - Returns: whether it is over.
    private func act(on left: [Int32], _ now: Int64) -> Bool {
        if case .begun = stage {
            stage = .toAsk
            if let program = startLogind() {
                stage = .logind(program)
                return false
            }
        }
        guard !left.isEmpty else { return end(nil) }
        switch stage {
        case .begun, .logind: break
        case .toAsk:
            signal(left, atOnce: false)
            stage = .asked(until: now + SessionEnding.grace)
        case .asked(let until):
            guard now >= until else { break }
            signal(left, atOnce: true)
            stage = .killed(until: now + SessionEnding.killLimit)
        case .killed(let until):
            // Those too that were started meanwhile.
            signal(left, atOnce: true)
            if now >= until { return end(.stillRunning, cause: [UInt8](decimal: Int64(left.count))) }
        }
        return false
    }

    private func look() throws(SystemError) -> [Int32] {
        targets.look(at: try ProcessStatus.all(), noted: NotedSession.all(), own: ownSession())
    }

    /// Each is looked at once more when nothing else can have its number.
    private func signal(_ processes: [Int32], atOnce: Bool) {
        for process in processes {
            guard let held = HeldProcess.hold(process), let status = ProcessStatus(of: process),
                status.user == request.uid
            else { continue }
            held.end(atOnce: atOnce)
        }
    }

    /// Has logind end the user's sessions; nil where it knows of none.
    private func startLogind() -> RunningProgram? {
        let path = "/run/systemd/users/\(request.uid)"
        do throws(SystemError) {
            let text = String(decoding: try Look.file(at: Array(path.utf8), limit: 65_536), as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("SESSIONS=") }
            inLogind = line.map { $0.dropFirst(9).split(separator: " ").count } ?? 0
            return try RunningProgram(
                [SessionEnding.loginctl, "terminate-user", "\(request.uid)"].map { Array($0.utf8) },
                SecretBytes(capacity: 0), within: SessionEnding.logindLimit)
        } catch {
            if error != .noEntry { loginctlFailed = error.name }
            return nil
        }
    }

    private func end(_ reason: SessionReason?, cause: [UInt8] = []) -> Bool {
        var line = EventLine(
            reason == nil ? .sessionsEnded : .sessionsNotEnded, severity: reason == nil ? .notice : .error)
        if let reason { line.add("reason", Array(reason.rawValue.utf8)) }
        line.add("cause", cause.isEmpty && reason != nil ? loginctlFailed : cause)
        line.add("user", request.user)
        if reason == nil { line.add("count", [UInt8](decimal: Int64(max(targets.count, inLogind)))) }
        line.add("grant", request.grant)
        line.log()
        let answer: [UInt8] = [(reason == nil ? SessionAnswer.ended : .notEnded).rawValue]
        do throws(SystemError) { _ = try self.answer.writeSome(answer.span) } catch {}
        return true
    }
}
