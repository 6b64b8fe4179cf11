internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// Who would be shut out by a service that asks for a code.
struct LockOut {
    let service: String
    /// Whether it is done all the same.
    let force: Bool

    /// What would shut people out whatever the stack looks like.
    func refuse(_ desk: Desk, _ examination: Examination, _ words: [[UInt8]]) throws {
        let site = SiteExamination(desk.configurationPath)
        if let finding = site.findings(examination.pam).sorted.first(where: { $0.severity == .error }) {
            throw Failure(
                "\(finding.what) (\(finding.check.rawValue)); nothing was changed", hint: finding.cure, .configuration)
        }
        let options = try? ModuleOptions.parse(words)
        let mayPass = !desk.configuration.isRequiredOfAll || desk.configuration.enrollBy != nil
        let mustHave = !mayPass || options?.nullok != true
        guard !force else { return }
        if mustHave, !site.hasRecords {
            throw Failure(
                "nobody is enrolled, and everybody would be refused; nothing was changed",
                hint: "enrol yourself first: twostep enroll USER; or force it: --force", .cannotCreate)
        }
        if mustHave, let me = LoginUser.name, !site.users.contains(me) {
            throw Failure(
                "you yourself, \(printable(me)), are not enrolled, and would be refused; nothing was changed",
                hint: "twostep enroll \(printable(me)); or force it: --force", .cannotCreate)
        }
        guard let sshd = SSHDExamination(examination.pam, desk.configuration, users: site.users, asking: options),
            sshd.service == service, let finding = sshd.findings.first(where: { $0.severity == .error })
        else { return }
        throw Failure(
            "\(finding.what) (\(finding.check.rawValue)); nothing was changed",
            hint: "\(finding.cure); or force it: --force", .configuration)
    }
}
