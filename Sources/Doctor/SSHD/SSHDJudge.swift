/// What sshd's settings mean for a code that PAM asks.
package struct SSHDJudge {
    /// What the stack of sshd's service does.
    package struct Stack: Sendable {
        package var forwardsPass: Bool
        /// Whether registered security keys count there (`ssh_key_touch`).
        package var takesSecurityKeys: Bool
        package var asksPassword: Bool

        package init(forwardsPass: Bool = false, takesSecurityKeys: Bool = false, asksPassword: Bool = true) {
            self.forwardsPass = forwardsPass
            self.takesSecurityKeys = takesSecurityKeys
            self.asksPassword = asksPassword
        }
    }

    /// The least seconds in which a password and a code are found and typed.
    package static let graceTime = 60
    private static let file = "/etc/ssh/sshd_config.d/10-twostep.conf"

    private let settings: SSHDSettings
    private let stack: Stack
    private let place: Place
    private let user: String
    /// Behind what is said: for whom it holds, where that is not everybody.
    private let suffix: String

    /// - Parameters:
    ///   - everybody: what holds for who is not named by any `Match` line.
    ///   - others: what holds for some.
    ///   - place: the file that sshd reads.
    package static func judge(
        everybody: SSHDSettings, others: [(user: String, settings: SSHDSettings)], _ stack: Stack, at place: Place
    ) -> [Finding] {
        let general = SSHDJudge(settings: everybody, stack: stack, place: place, user: "", suffix: "").findings
        let told = Set(general.map(\.check))
        return general
            + others.flatMap { user, settings in
                SSHDJudge(settings: settings, stack: stack, place: place, user: user, suffix: ", for \(user)").findings
                    .filter { !told.contains($0.check) }
            }
    }

    private func finding(_ check: Check, _ what: String, _ cure: String) -> Finding {
        Finding(check, what + suffix, at: place, cure: cure)
    }

    private var findings: [Finding] {
        guard settings.isOn("usepam") else {
            return [
                finding(
                    .sshdPAMOff, "sshd does not ask PAM (UsePAM no): no code is asked, whatever way somebody takes",
                    "write into \(SSHDJudge.file): UsePAM yes")
            ]
        }
        return questions + methods + security + times
    }

    private var questions: [Finding] {
        var findings: [Finding] = []
        if !settings.isOn("kbdinteractiveauthentication"), !stack.forwardsPass {
            findings.append(
                finding(
                    .sshdKeyboardOff,
                    "sshd cannot ask for a code (KbdInteractiveAuthentication no): who must have one is refused",
                    "write into \(SSHDJudge.file): KbdInteractiveAuthentication yes"))
        }
        if settings.isOn("passwordauthentication"), !stack.forwardsPass, settings.methods == nil {
            findings.append(
                finding(
                    .sshdPasswordOn,
                    "PasswordAuthentication yes gives the password for the code as well: it is refused, and charged where"
                        + " it looks like one",
                    "write into \(SSHDJudge.file): PasswordAuthentication no"))
        }
        return findings
    }

    private var methods: [Finding] {
        var findings: [Finding] = []
        let past = ["gssapi-with-mic": "gssapiauthentication", "hostbased": "hostbasedauthentication"]
        let alone: (String, String) -> Bool = { method, setting in
            settings.isOn(setting) && settings.methods?.contains { $0.allSatisfy { $0 == method } } ?? true
        }
        if alone("publickey", "pubkeyauthentication") {
            findings.append(
                finding(
                    .sshdKeyAlone, "a public key alone gets in, and no code is asked",
                    "if that is not meant: AuthenticationMethods, in docs/pam.md"))
        }
        for (method, setting) in past.sorted(by: { $0.key < $1.key }) where alone(method, setting) {
            findings.append(
                finding(
                    .sshdOtherMethods, "\(method) alone gets in, and no code is asked",
                    "if that is not meant: \(setting) no, or AuthenticationMethods"))
        }
        guard let lists = settings.methods else { return findings }
        if !lists.contains(where: { $0.contains("keyboard-interactive") || $0.contains("password") }) {
            findings.append(
                finding(
                    .sshdMethodsOff, "AuthenticationMethods has no way in that asks PAM: no code is ever asked",
                    "add keyboard-interactive to it, or take the code out: twostep pam disable sshd"))
        }
        let keysOnly = ["prohibit-password", "without-password", "forced-commands-only"]
        if user.isEmpty || user == "root", keysOnly.contains(settings["permitrootlogin"]),
            lists.allSatisfy({ $0.contains("keyboard-interactive") || $0.contains("password") })
        {
            findings.append(
                finding(
                    .sshdRootMethods,
                    "root cannot log in: AuthenticationMethods asks for a password, PermitRootLogin forbids it",
                    "PermitRootLogin yes, or no, or a Match User root of its own"))
        }
        return findings
    }

    private var security: [Finding] {
        guard stack.takesSecurityKeys else { return [] }
        var findings: [Finding] = []
        let options = settings["pubkeyauthoptions"].split(separator: ",")
        let wanted = stack.asksPassword ? "touch-required" : "verify-required"
        if !options.contains("verify-required"), !(stack.asksPassword && options.contains("touch-required")) {
            findings.append(
                finding(
                    .sshdTouch, "ssh_key_touch says that keys are touched, and sshd does not see to it",
                    "write into \(SSHDJudge.file): PubkeyAuthOptions \(wanted)"))
        }
        let counts = settings.methods?.contains { $0 == ["publickey", "keyboard-interactive"] } ?? false
        if !counts {
            findings.append(
                finding(
                    .sshdTouchMethods, "security keys never count: AuthenticationMethods does not ask for key and PAM",
                    "write into \(SSHDJudge.file): AuthenticationMethods publickey,keyboard-interactive"))
        }
        return findings
    }

    private var times: [Finding] {
        guard let seconds = settings.graceTime, seconds < SSHDJudge.graceTime else { return [] }
        return [
            finding(
                .sshdGraceTime, "LoginGraceTime leaves \(seconds) s for password and code",
                "write into \(SSHDJudge.file): LoginGraceTime 120")
        ]
    }
}
