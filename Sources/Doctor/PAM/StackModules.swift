internal import TwostepCore

/// What is known of a module in an `auth` stack: which results it can have.
enum StackModule: Equatable {
    case ours
    /// Checks a password.
    case password
    /// Always the same result.
    case fixed(PAMResult)
    /// Says yes to what root runs.
    case rootOnly
    /// Anything.
    case other

    private static let passwords = [
        "pam_unix", "pam_unix2", "pam_unix_auth", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_systemd_home",
        "pam_pwdfile", "pam_userdb", "pam_tcb", "pam_radius_auth", "pam_radius", "pam_tacplus", "pam_mysql",
        "pam_pgsql", "pam_lsass", "pam_himmelblau", "pam_aad", "pam_authd", "pam_kanidm", "pam_pkcs11", "pam_smbpass",
        "pam_centrifydc", "pam_vas3", "pam_lwidentity",
    ]

    /// Whether a module of this name asks for a code as ours does.
    static func asksForCode(_ name: String) -> Bool {
        ["pam_google_authenticator", "pam_oath", "pam_duo"].contains(name)
    }

    init(_ name: String?) {
        switch name {
        case "pam_twostep": self = .ours
        case "pam_permit": self = .fixed(.success)
        case "pam_deny": self = .fixed(.auth_err)
        case "pam_warn": self = .fixed(.ignore)
        case "pam_rootok": self = .rootOnly
        case .some(let name) where StackModule.passwords.contains(name): self = .password
        default: self = .other
        }
    }
}

extension PAMHandler {
    var module: StackModule { StackModule(name) }

    var isOurs: Bool { module == .ours }

    /// As the file has it, for quoting: `auth required pam_unix.so`.
    var quoted: String {
        guard case .module(let path, _) = action else { return "'auth \(printed(control))'" }
        let flag = control.contains(UInt8(ascii: "=")) ? "[\(printed(control))]" : printed(control)
        return "'auth \(flag) \(printed(path))'"
    }

    /// One result for each thing that a failure can do here, so that no run is left out.
    var failures: [PAMResult] {
        let first: [PAMResult] = [.auth_err, .user_unknown, .authinfo_unavail, .perm_denied]
        var found: [PAMResult] = []
        for result in first + PAMResult.allCases
        where ![.success, .new_authtok_reqd, .ignore, .incomplete].contains(result)
            && !found.contains(where: { actions[$0] == actions[result] })
        {
            found.append(result)
        }
        return found
    }
}

/// What a stack is looked at with.
package struct StackContext {
    /// Whether the file of a module is there, by its path as written.
    package var isPresent: ([UInt8]) -> Bool
    /// Services in which a public key comes before the stack, whatever happens in it: sshd by `AuthenticationMethods`.
    package var keyComesFirst: Bool
    /// Whether somebody may pass without a code although no line says `nullok`: the policy exempts some.
    package var exempts: Bool
    /// Whether people enrol at a login, without a code that was given to them: `enroll_at_login = yes`.
    package var enrolsAtLogin: Bool
    /// How many states of a run are looked at.
    package var stateLimit: Int

    package init(
        isPresent: @escaping ([UInt8]) -> Bool = { _ in true }, keyComesFirst: Bool = false, exempts: Bool = false,
        enrolsAtLogin: Bool = false, stateLimit: Int = PAMRuns.stateLimit
    ) {
        self.stateLimit = stateLimit
        self.enrolsAtLogin = enrolsAtLogin
        self.isPresent = isPresent
        self.keyComesFirst = keyComesFirst
        self.exempts = exempts
    }
}

/// All that can happen in an `auth` stack with our module in it.
struct StackRuns {
    let stack: [PAMHandler]
    let ours: [Int]
    let hasPassword: Bool
    /// Whether our module may answer `PAM_IGNORE`.
    let mayIgnore: Bool
    let endings: [PAMEnding]
    /// Whether the stack is too large for all of its endings to be known.
    let isCut: Bool

    init(_ stack: [PAMHandler], _ context: StackContext) {
        self.stack = stack
        ours = stack.indices.filter { stack[$0].isOurs }
        hasPassword = stack.contains { $0.module == .password }
        let options = ours.map { StackRuns.options(stack[$0]) }
        let mayIgnore = context.exempts || options.contains { $0?.nullok ?? false }
        self.mayIgnore = mayIgnore
        let runs = PAMRuns(stack, targets: ours, limit: context.stateLimit) { index, facts in
            StackRuns.outcomes(stack[index], options: StackRuns.options(stack[index]), facts, context) {
                stack[..<index].contains { $0.module == .password }
            }
        }
        endings = runs.endings
        isCut = runs.isCut
    }

    /// What is said of a stack of which not everything is known; nil where it is.
    func cut(_ service: PAMService) -> Finding? {
        guard isCut else { return nil }
        return Finding(
            .pamTooLarge, "\(service.name): the stack is too large to be judged: somebody may get in without a code",
            at: Place(service.file), cure: "make it shorter, or compare it with /usr/share/doc/twostep/pam.d")
    }

    /// The arguments of our module; nil where it refuses them.
    static func options(_ handler: PAMHandler) -> ModuleOptions? {
        guard handler.isOurs, case .module(_, let arguments) = handler.action else { return nil }
        do throws(ModuleOptions.Problem) { return try ModuleOptions.parse(arguments) } catch { return nil }
    }

    private static func outcomes(
        _ handler: PAMHandler, options: ModuleOptions?, _ facts: PAMFacts, _ context: StackContext,
        isBehindPassword: () -> Bool
    ) -> [(PAMResult, PAMFacts)] {
        guard case .module(let path, _) = handler.action else { return [(.perm_denied, facts)] }
        guard context.isPresent(path) else {
            return handler.isOurs
                ? [(.module_unknown, called(facts, .module_unknown))] : [(.module_unknown, facts)]
        }
        switch handler.module {
        case .ours:
            var results: [PAMResult] = [.success, .auth_err, .authinfo_unavail, .maxtries, .conv_err]
            if context.exempts || options?.nullok ?? false { results.append(.ignore) }
            if options?.firstPass == .only, !isBehindPassword() { results.removeAll { $0 != .conv_err } }
            if options == nil { results = [.service_err] }
            return results.map { ($0, called(facts, $0)) }
        case .fixed(let result): return [(result, facts)]
        case .rootOnly: return [(.success, facts), (.auth_err, facts)]
        case .password:
            var wrong = facts
            wrong.passwordAsked = true
            var right = wrong
            right.passwordRight = true
            return [(.success, right)] + handler.failures.map { ($0, wrong) }
        case .other:
            var passed = facts
            switch handler.actions[.success] {
            case .jump, .done: passed.otherGate = true
            default: break
            }
            return [(.success, passed), (.ignore, facts)] + handler.failures.map { ($0, facts) }
        }
    }

    private static func called(_ facts: PAMFacts, _ result: PAMResult) -> PAMFacts {
        var facts = facts
        if facts.codes.count < 2 { facts.codes.append(result) }
        if !facts.passwordAsked { facts.codeAskedFirst = true }
        if facts.passwordAsked, !facts.passwordRight { facts.codeAskedAfterWrongPassword = true }
        return facts
    }

    /// The endings in which somebody gets in.
    var open: [PAMEnding] { endings.filter { $0.status == .success } }
}
