internal import Doctor
internal import Linux
internal import TwostepCore

/// What this machine's sshd does, as it says itself; where it does not, as its file says.
struct SSHDExamination {
    private static let program = "/usr/sbin/sshd"
    private static let file = "/etc/ssh/sshd_config"
    /// The most users that sshd is asked about, each a start of the program.
    private static let limit = 12
    private static let patience: Int64 = 5000

    /// The PAM service that it names.
    let service: String
    private let everybody: SSHDSettings
    private let others: [(user: String, settings: SSHDSettings)]
    private let stack: SSHDJudge.Stack
    private let invalid: Finding?
    /// Whether the code is asked there.
    private let asks: Bool

    var keyComesFirst: Bool { ([everybody] + others.map(\.settings)).allSatisfy(\.keyComesBeforePAM) }

    /// - Parameter asking: whether the stack is looked at as if it asked for a code, before it does.
    /// - Returns: nil where no sshd is installed.
    init?(_ pam: PAMSite, _ configuration: Configuration?, users: [String], asking: ModuleOptions? = nil) {
        guard let text = Examination.text(of: SSHDExamination.file), SSHDExamination.isInstalled else { return nil }
        let asker = Asker(text: text)
        everybody = asker.settings(of: nil)
        service = everybody.service
        invalid = asker.trouble
        var named: [String] = []
        for user in ["root"] + asker.namedUsers + users.prefix(5) where !named.contains(user) { named.append(user) }
        others = named.prefix(SSHDExamination.limit).map { ($0, asker.settings(of: $0)) }
        let own = pam.service(everybody.service)
        let options = asking ?? own?.options
        asks = options != nil
        let names = configuration?.securityKeyServices ?? []
        stack = SSHDJudge.Stack(
            forwardsPass: options?.forwardPass ?? false, takesSecurityKeys: names.contains(Array(service.utf8)),
            asksPassword: own?.asksPassword ?? true)
    }

    private static var isInstalled: Bool {
        do throws(SystemError) { return try Look.status(of: Array(program.utf8)).kind == .regular } catch {
            return false
        }
    }

    var findings: [Finding] {
        guard asks else { return [] }
        return [invalid].compactMap(\.self)
            + SSHDJudge.judge(everybody: everybody, others: others, stack, at: Place(SSHDExamination.file))
    }

    /// Asks sshd what holds for somebody.
    private final class Asker {
        private let text: String
        private var answers: Bool = true
        private(set) var trouble: Finding?

        init(text: String) { self.text = text }

        var namedUsers: [String] {
            SSHDFile.namedUsers(text)
                + Asker.included("/etc/ssh/sshd_config.d/*.conf").flatMap(SSHDFile.namedUsers)
        }

        /// - Parameter user: nil for somebody whom nothing names.
        func settings(of user: String?) -> SSHDSettings {
            let user = user ?? "twostep-doctor"
            if answers, let dump = ask(user) { return SSHDSettings(dump: dump) }
            answers = false
            return SSHDFile.read(
                text, for: SSHDFile.Login(user: user, address: "192.0.2.1"), included: Asker.included)
        }

        private func ask(_ user: String) -> String? {
            let words = [
                SSHDExamination.program, "-T", "-C",
                "user=\(user),host=localhost,addr=192.0.2.1,laddr=192.0.2.2,lport=22",
            ]
            do throws(SystemError) {
                let done = try FinishedProgram.run(words.map { Array($0.utf8) }, within: SSHDExamination.patience)
                if done.status == 0 { return String(decoding: done.output, as: UTF8.self) }
                if done.status != nil, trouble == nil { trouble = Asker.trouble(done.errors) }
            } catch {}
            return nil
        }

        /// What sshd has against its file: `FILE: line N: what`, or `FILE line N: what`.
        private static func trouble(_ errors: [UInt8]) -> Finding? {
            for line in String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline) {
                guard line.hasPrefix("/"), let range = line.firstRange(of: "line ") else { continue }
                let file = line[..<range.lowerBound].filter { $0 != " " && $0 != ":" }
                let rest = line[range.upperBound...]
                let number = rest.prefix { $0.isNumber }
                let what = rest.dropFirst(number.count).drop { $0 == ":" || $0 == " " }
                guard let number = Int(number) else { continue }
                return Finding(
                    .sshdConfigInvalid, "sshd does not take its configuration: \(printed(Array(what.utf8)))",
                    at: Place(file, number), cure: "correct the line, and look with: sshd -t")
            }
            return nil
        }

        /// The files that an `Include` names: one folder, and a name with `*` in it at most.
        private static func included(_ pattern: String) -> [String] {
            let path = pattern.hasPrefix("/") ? pattern : "/etc/ssh/\(pattern)"
            let parts = path.split(separator: "/")
            guard let last = parts.last else { return [] }
            let folder = "/" + parts.dropLast().joined(separator: "/")
            guard let star = last.firstIndex(of: "*") else { return [Examination.text(of: path)].compactMap(\.self) }
            let (before, after) = (last[..<star], last[last.index(after: star)...])
            do throws(SystemError) {
                return try Look.names(in: Array(folder.utf8)).map { String(decoding: $0, as: UTF8.self) }
                    .filter {
                        $0.hasPrefix(before) && $0.hasSuffix(after) && $0.count >= last.count - 1 && !$0.hasPrefix(".")
                    }
                    .sorted().compactMap { Examination.text(of: "\(folder)/\($0)") }
            } catch {
                return []
            }
        }
    }
}
