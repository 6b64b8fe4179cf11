package import TwostepCore

/// The service files of a machine together: which of them ask for a code, and what is wrong between them.
package struct PAMSite {
    /// Files that others include, and no program is called by.
    package static func isShared(_ name: String) -> Bool {
        let names = [
            "system-auth", "password-auth", "fingerprint-auth", "smartcard-auth", "postlogin", "system-login",
            "system-local-login", "system-remote-login", "system-services", "system-account", "system-session",
            "system-password", "config-util",
        ]
        return name.hasPrefix("common-") || names.contains(name)
    }

    /// The service by which owners confirm their password to twostepd.
    package static let passwordService = "twostep"

    package let folder: PAMFolder
    /// The services that name our module in any of their stacks, by name.
    package let services: [PAMService]

    package init(_ folder: PAMFolder) {
        self.folder = folder
        services = folder.files.keys.sorted().compactMap { name in
            guard !name.hasPrefix("/"), !PAMSite.isShared(name), let service = PAMService.load(name, from: folder),
                service.namesModule
            else { return nil }
            return service
        }
    }

    /// The service of this name, if it asks for a code.
    package func service(_ name: String) -> PAMService? { services.first { $0.name == name && !$0.lines.isEmpty } }

    /// Every line that asks for a code, once, with the arguments that the module takes.
    package var lines: [(place: Place, options: ModuleOptions)] {
        var lines: [(place: Place, options: ModuleOptions)] = []
        for handler in services.flatMap(\.lines) where !lines.contains(where: { $0.place == handler.place }) {
            if let options = StackRuns.options(handler) { lines.append((handler.place, options)) }
        }
        return lines
    }

    /// The files that a code depends on.
    package var paths: [String] {
        var paths: [String] = []
        for path in services.flatMap({ [$0.file] + $0.stack(.auth).flatMap { $0.route } }) where !paths.contains(path) {
            paths.append(path)
        }
        return paths
    }

    /// - Parameter context: what each service's stacks are looked at with.
    package func judge(_ context: (PAMService) -> StackContext) -> [Finding] {
        let asking = services.filter { $0.name != PAMSite.passwordService }
        var findings = asking.flatMap { StackJudge.judge($0, context($0)) }
        findings += sharedLines + sudoI + passwordFile
        if !asking.contains(where: { !$0.lines.isEmpty }) {
            findings.append(
                Finding(
                    .pamNowhere, "no service names pam_twostep.so: nobody is asked for a code",
                    at: Place("/etc/pam.d"), cure: "twostep pam enable sshd, when people are enrolled"))
        }
        return findings
    }

    private var sharedLines: [Finding] {
        var places: [Place] = []
        for handler in services.flatMap(\.lines) where !places.contains(handler.place) {
            if PAMSite.isShared(String(handler.place.file.split(separator: "/").last ?? "")) {
                places.append(handler.place)
            }
        }
        return places.map { place in
            let readers = services.filter { $0.lines.contains { $0.place == place } }.map(\.name)
            return Finding(
                .pamSharedFile, "\(readers.count) services read this line, of whatever kind: \(list(readers))",
                at: place,
                cure: "move it into the files of the services that are meant: twostep pam enable SERVICE")
        }
    }

    private var sudoI: [Finding] {
        guard let sudo = service("sudo"), service("sudo-i") == nil, let file = folder.files["sudo-i"] else { return [] }
        return [
            Finding(
                .pamSudoI, "'sudo -i' asks for no code, since it reads \(file.path) and not \(sudo.file)",
                at: Place(file.path), cure: "twostep pam enable sudo-i")
        ]
    }

    /// Whether the file by which owners confirm their password asks for it, and for nothing else.
    private var passwordFile: [Finding] {
        let name = PAMSite.passwordService
        guard folder.files[name] != nil, let service = PAMService.load(name, from: folder) else {
            return [
                Finding(
                    .passwordFileMissing,
                    "people cannot look after their own second step: there is no /etc/pam.d/twostep",
                    cure: "cp /usr/share/doc/twostep/pam.d/twostep /etc/pam.d/")
            ]
        }
        if let (place, trouble) = service.refusedWhole {
            return [trouble.finding(at: place, "people cannot look after their own second step")]
        }
        if let line = service.lines.first {
            return [
                Finding(
                    .passwordFileCode,
                    "people who change their second step are asked for a code, which twostepd asks itself",
                    at: line.place, cure: "delete the line")
            ]
        }
        let runs = StackRuns(service.stack(.auth), StackContext())
        if let finding = runs.cut(service) { return [finding] }
        guard runs.open.contains(where: { !$0.facts.passwordRight }) else { return [] }
        return [
            Finding(
                .passwordFileOpen,
                "people can get past this file without a password: twostepd takes no such word for it",
                at: Place(service.file), cure: "cp /usr/share/doc/twostep/pam.d/twostep /etc/pam.d/")
        ]
    }

    private func list(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }
}

extension PAMService {
    /// Whether any stack names our module.
    var namesModule: Bool { PAMKind.allCases.contains { stack($0).contains(where: \.isOurs) } }

    /// The lines that ask for a code.
    package var lines: [PAMHandler] { stack(.auth).filter(\.isOurs) }

    /// What the module is told in this service's first line; nil where it has none that the module takes.
    package var options: ModuleOptions? { lines.first.flatMap(StackRuns.options) }

    /// Whether a module that checks passwords stands in the stack.
    package var asksPassword: Bool { stack(.auth).contains { $0.module == .password } }
}
