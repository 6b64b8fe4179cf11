internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what is wrong with this installation, and what cures it.",
        discussion: """
            Looks at module, service, configuration, key, store, records, disk, clock, the files of /etc/pam.d, and
            sshd_config, and changes nothing. Exit status 0: nothing to mend; 1: warnings; 78: errors.

            EXAMPLE
              twostep doctor
            """)

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print errors and warnings alone, and nothing where there are none.") var quiet = false
    @OptionGroup var site: SiteOptions

    func run() throws {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        let path = try site.configurationPath()
        let findings = Examination.run(configurationPath: path).sorted
        let desk = Desk(StandardConsole(), Configuration(), from: path)
        if json { try desk.sayJSON(FindingReport(findings)) } else { try show(findings, desk) }
        if findings.count(.error) > 0 { throw ExitCode(ExitStatus.configuration.rawValue) }
        if findings.count(.warning) > 0 { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private func show(_ findings: [Finding], _ desk: Desk) throws {
        let shown = quiet ? findings.filter { $0.severity < .note } : findings
        let text = FindingText()
        var area: Area?
        for finding in shown {
            if area != finding.check.area {
                if area != nil { try desk.say() }
                try desk.say(finding.check.area.title)
                area = finding.check.area
            }
            for line in text.lines(finding) { try desk.say(line) }
        }
        guard !quiet else { return }
        if area != nil { try desk.say() }
        try desk.say(summary(findings))
    }

    private func summary(_ findings: [Finding]) -> String {
        let counts = Severity.allCases.compactMap { severity -> String? in
            let count = findings.count(severity)
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        guard !counts.isEmpty else { return "Nothing to mend." }
        let isFine = findings.count(.error) + findings.count(.warning) == 0
        return (isFine ? "Nothing to mend; " : "") + counts.joined(separator: ", ") + "."
    }
}
