package import TwostepCore

/// What policy names, against the machine: accounts, groups, services, and the day.
package enum PolicyJudge {
    /// What the name service says of an account's or a group's name.
    package enum NameLook: Equatable, Sendable {
        case known, unknown
        /// It did not answer; what the system said.
        case unavailable(String)
    }

    /// From how many days ahead a day is taken for a slip of the pen.
    private static let farDays: Int64 = 366

    /// - Parameters:
    ///   - file: the configuration as text, for the lines that are named.
    ///   - now: seconds since the epoch; nil where the clock cannot be read.
    ///   - user: asks the name service for an account of exactly this name.
    ///   - group: the same for a group.
    package static func judge(
        _ configuration: Configuration, _ file: QuotedConfiguration, now: Int64?, user: ([UInt8]) -> NameLook,
        group: ([UInt8]) -> NameLook
    ) -> [Finding] {
        let required = file.place(of: .required)
        let exempt = file.place(of: .exempt)
        var findings = unknown(configuration.required, .user, user).map { name -> Finding in
            Finding(
                .requiredUserUnknown, "there is no account '\(name)': the rule requires nothing of anybody",
                at: required, cure: "correct the name (getent passwd), or take the rule out")
        }
        findings += unknown(configuration.required, .group, group).map { name -> Finding in
            Finding(
                .requiredGroupUnknown,
                "there is no group '\(name)': whoever is not enrolled, and no other rule names, is refused",
                at: required, cure: "correct the name (getent group), or make the group")
        }
        findings += unknown(configuration.exempt, .user, user).map { name -> Finding in
            Finding(
                .exemptUserUnknown, "there is no account '\(name)': the rule exempts nobody", at: exempt,
                cure: "correct the name (getent passwd), or take the rule out")
        }
        findings += unknown(configuration.exempt, .group, group).map { name -> Finding in
            Finding(
                .exemptGroupUnknown, "there is no group '\(name)': the rule exempts nobody", at: exempt,
                cure: "correct the name (getent group), or take the rule out")
        }
        findings += unavailable(configuration.required, user, group, required)
        findings += unavailable(configuration.exempt, user, group, exempt)
        return findings + day(configuration, file, now)
    }

    /// Services that rules name, against the service files: a login of a service that has no file, or whose stack does not
    /// name the module, comes to no rule.
    package static func judge(
        _ configuration: Configuration, _ file: QuotedConfiguration, _ site: PAMSite
    ) -> [Finding] {
        // Where nobody is asked for a code at all, that is said.
        guard site.services.contains(where: { !$0.lines.isEmpty }) else { return [] }
        return services(configuration.required, .requiredServiceUnknown, file.place(of: .required), site)
            + services(configuration.exempt, .exemptServiceUnknown, file.place(of: .exempt), site)
    }

    private static func services(_ rules: [Rule], _ check: Check, _ place: Place, _ site: PAMSite) -> [Finding] {
        let effect = check == .requiredServiceUnknown ? "the rule asks nobody for a code" : "the rule exempts nothing"
        return rules.filter { $0.kind == .service }.compactMap { rule in
            let service = String(decoding: rule.name, as: UTF8.self)
            let name = printed(rule.name)
            if site.folder.files[service] == nil {
                return Finding(
                    check, "there is no service '\(name)' in /etc/pam.d: \(effect)", at: place,
                    cure: "correct the name; ls /etc/pam.d shows those that there are")
            }
            guard site.service(service) == nil else { return nil }
            return Finding(
                check, "the stack of '\(name)' has no pam_twostep.so: \(effect)", at: place,
                cure: "correct the name, or: twostep pam enable \(name)")
        }
    }

    private static func unknown(_ rules: [Rule], _ kind: Rule.Kind, _ look: ([UInt8]) -> NameLook) -> [String] {
        rules.filter { $0.kind == kind && look($0.name) == .unknown }.map { printed($0.name) }
    }

    private static func unavailable(
        _ rules: [Rule], _ user: ([UInt8]) -> NameLook, _ group: ([UInt8]) -> NameLook, _ place: Place
    ) -> [Finding] {
        rules.filter { $0.kind == .user || $0.kind == .group }.compactMap { rule -> Finding? in
            let look = rule.kind == .user ? user(rule.name) : group(rule.name)
            guard case .unavailable(let cause) = look else { return nil }
            let what = (rule.kind == .user ? "an account" : "a group") + " '\(printed(rule.name))'"
            return Finding(
                .accountsUnavailable, "the name service does not say whether there is \(what) (\(cause))", at: place,
                cure: "getent passwd; getent group; look at nsswitch.conf, sssd, nslcd")
        }
    }

    private static func day(_ configuration: Configuration, _ file: QuotedConfiguration, _ now: Int64?) -> [Finding] {
        guard let day = configuration.enrollBy, let now else { return [] }
        let place = file.place(of: .enrollBy)
        let text = printed(day.text)
        if !configuration.isBeforeDeadline(now) {
            return [
                Finding(
                    .enrollByPast, "\(text) is over: who must have a second step, and has none, is refused", at: place,
                    cure: "take the line out; for more time write a later day")
            ]
        }
        let days = (day.end - now) / 86_400
        guard days > farDays else { return [] }
        return [
            Finding(
                .enrollByFar, "until \(text), for \(days) days, a password alone lets in whoever is not enrolled",
                at: place, cure: "write a nearer day, if that is not meant")
        ]
    }
}
