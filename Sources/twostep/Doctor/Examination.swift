internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// Everything that doctor looks at, on this machine.
struct Examination {
    /// - Parameter configurationPath: of the site that is asked about; those that service files name are looked at too.
    static func run(configurationPath: [UInt8]) -> [Finding] {
        let examination = Examination(ServiceFiles.read(), configurationPath: configurationPath)
        return examination.findings
    }

    let files: ServiceFiles
    let pam: PAMSite
    let modules: ModuleFolder?
    private let paths: [[UInt8]]
    private let configurations: [(path: [UInt8], configuration: Configuration)]

    init(_ files: ServiceFiles, configurationPath: [UInt8]) {
        self.files = files
        pam = PAMSite(files.folder)
        modules = ModuleFolder.find()
        var paths = [configurationPath]
        for line in pam.lines where line.options.hasConfig && !paths.contains(line.options.config) {
            paths.append(line.options.config)
        }
        self.paths = paths
        var read = paths
        for line in pam.lines where !read.contains(line.options.config) { read.append(line.options.config) }
        configurations = read.compactMap { path in
            do throws(StoreError) {
                let isDefault = path.equals(Configuration.defaultPath)
                return (path, try readConfiguration(at: path, isDefault: isDefault))
            } catch {
                return nil
            }
        }
    }

    private var findings: [Finding] {
        let sites = paths.map(SiteExamination.init)
        let sshd = SSHDExamination(pam, sites.first?.configuration, users: sites.first?.users ?? [])
        var findings = sites.flatMap { $0.findings(pam) }
        findings += sites.first?.delivery() ?? []
        findings += installation
        findings += pam.judge { context(for: $0, sshd) } + files.unsafe(pam.paths)
        findings += sshd?.findings ?? []
        findings += changes
        findings += MachineJudge.judge(isClockSynchronised().map(MachineJudge.Clock.init(isSynchronised:)))
        if pam.service("login") != nil, let text = Examination.text(of: "/etc/login.defs") {
            findings += MachineJudge.judge(loginDefinitions: text, at: "/etc/login.defs")
        }
        return findings
    }

    /// What a service's stacks are looked at with.
    func context(for service: PAMService, _ sshd: SSHDExamination?) -> StackContext {
        let path = service.options?.config ?? paths[0]
        let configuration = configurations.first { $0.path == path }?.configuration
        return StackContext(
            isPresent: { modules?.has($0) ?? true },
            keyComesFirst: service.name == sshd?.service && sshd?.keyComesFirst == true,
            exempts: configuration?.exempt.isEmpty == false,
            enrolsAtLogin: configuration?.enrollAtLogin == .yes)
    }

    /// Changes of `twostep pam enable` that are not settled.
    private var changes: [Finding] {
        let waiting: [PendingChange]
        do throws(SystemError) { waiting = try PendingChanges.seen() } catch {
            return [
                Finding(
                    .changeUnconfirmed,
                    "the changes that wait cannot be read (\(String(decoding: error.name, as: UTF8.self)))",
                    at: Place(PendingChanges.path), cure: "look at the disk; then: twostep pam status")
            ]
        }
        return waiting.map { change in
            let place = Place("\(PendingChanges.services)/\(change.service)")
            guard change.isEdited else {
                return Finding(
                    .changeUnconfirmed, "\(change.service): the change is taken back by itself unless confirmed",
                    at: place,
                    cure: "log in anew, from another terminal, then: twostep pam confirm")
            }
            return Finding(
                .changeEdited,
                "\(change.service): to be taken back, and left as it is, since somebody has edited the file",
                at: place,
                cure:
                    "see that it is right, then: twostep pam confirm --override --reason TEXT; or take the line out: "
                    + "twostep pam disable \(change.service); what was there before is"
                    + " \(PendingChanges.path)/\(change.service).old")
        }
    }

    private var installation: [Finding] {
        guard pam.services.contains(where: { !$0.lines.isEmpty }) else { return ServicePrograms.versions(nil) }
        return (modules?.findings ?? []) + ServicePrograms.versions(modules) + ServicePrograms.socket(pam)
    }

    static func text(of path: String) -> String? {
        do throws(SystemError) { return String(decoding: try Look.file(at: Array(path.utf8)), as: UTF8.self) } catch {
            return nil
        }
    }
}
