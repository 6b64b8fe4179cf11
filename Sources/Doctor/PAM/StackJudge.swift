internal import TwostepCore

/// What is wrong with the stacks of a service that names our module.
package enum StackJudge {
    /// Programs that put one question, to which people type password and code together.
    package static let oneFieldServices = ["i3lock", "swaylock", "gtklock", "waylock", "xtrlock-pam", "physlock"]
    /// Programs that a user starts as root: there `pam_rootok` asks who that user is. Elsewhere it is true of everybody.
    package static let rootokServices = ["su", "su-l", "runuser", "runuser-l", "chfn", "chsh", "chpasswd", "newusers"]

    /// Everything about one service, the gravest first in no order.
    package static func judge(_ service: PAMService, _ context: StackContext = StackContext()) -> [Finding] {
        if let (place, trouble) = service.refusedWhole {
            return [trouble.finding(at: place, "\(service.name): libpam refuses the whole file, and everybody with it")]
        }
        let stack = service.stack(.auth)
        var findings = wrongStacks(service) + brokenLines(service) + argumentFindings(stack)
        guard stack.contains(where: \.isOurs) else { return findings }
        let runs = StackRuns(stack, context)
        findings += shut(service, runs, context)
        findings += open(service, runs)
        findings += order(service, runs, context)
        findings += withoutRecord(service, runs)
        findings += withoutPassword(service, runs, context)
        return findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func wrongStacks(_ service: PAMService) -> [Finding] {
        [PAMKind.account, .password].flatMap { kind in
            service.stack(kind).filter(\.isOurs).map { handler in
                Finding(
                    .pamWrongStack,
                    "\(service.name): pam_twostep.so stands under \(kind.rawValue), where it refuses everybody",
                    at: handler.place, cure: "delete the line; the module belongs under auth")
            }
        }
    }

    private static func brokenLines(_ service: PAMService) -> [Finding] {
        service.stack(.auth).compactMap { handler in
            guard case .fails(let trouble) = handler.action else { return nil }
            return trouble.finding(at: handler.place, "\(service.name): a login fails at this line")
        }
    }

    private static func argumentFindings(_ stack: [PAMHandler]) -> [Finding] {
        stack.filter(\.isOurs).compactMap { handler in
            guard case .module(_, let arguments) = handler.action else { return nil }
            do throws(ModuleOptions.Problem) {
                _ = try ModuleOptions.parse(arguments)
                return nil
            } catch {
                return Finding(
                    .pamArgument,
                    "the module refuses '\(printed(error.argument))' (\(error.text)), and everybody with it",
                    at: handler.place, cure: "correct it; pam_twostep(8) has the list")
            }
        }
    }

    /// Whether anybody gets in at all, and whether one code is enough.
    private static func shut(_ service: PAMService, _ runs: StackRuns, _ context: StackContext) -> [Finding] {
        guard runs.ours.allSatisfy({ StackRuns.options(runs.stack[$0]) != nil }) else { return [] }
        guard let first = runs.ours.first else { return [] }
        let ours = runs.stack[first]
        if case .module(let path, _) = ours.action, !context.isPresent(path) {
            return [
                Finding(
                    .moduleMissing, "\(service.name): \(printed(path)) is not there, and everybody is refused",
                    at: ours.place, cure: "install it (scripts/install), or delete the line")
            ]
        }
        let somebody = runs.open.contains {
            $0.facts.codes.last == .success || $0.facts.codes.isEmpty && $0.facts.passwordRight
        }
        guard somebody else { return [nobody(service, runs, ours)] }
        if runs.endings.contains(where: { $0.facts.codes == [.success, .success] }) {
            let second = runs.ours.count > 1 ? runs.stack[runs.ours[1]] : ours
            return [
                Finding(
                    .pamTwice, "\(service.name): two codes are asked for, and the same one does not count twice",
                    at: second.place, cure: "delete one of the lines that name pam_twostep.so")
            ]
        }
        return []
    }

    private static func nobody(_ service: PAMService, _ runs: StackRuns, _ ours: PAMHandler) -> Finding {
        if let only = StackRuns.options(ours), only.firstPass == .only, !runs.hasPasswordBefore(runs.ours[0]) {
            return Finding(
                .pamFirstPass,
                "\(service.name): use_first_pass stands where no module before it has asked anything",
                at: ours.place, cure: "put the line behind the password, or take use_first_pass away")
        }
        // The module that fails although password and code were right.
        let last = runs.endings.first {
            $0.facts.codes.last == .success && ($0.facts.passwordRight || !runs.hasPassword)
        }
        let blame = last?.calls.last { runs.stack[$0.handler].actions[$0.result] != .ok }
        let where_ = blame.map { runs.stack[$0.handler] } ?? ours
        return Finding(
            .pamNobody, "\(service.name): nobody gets in, not with the right password and code: see \(where_.quoted)",
            at: where_.place, cure: "compare it with /usr/share/doc/twostep/pam.d/\(service.name)")
    }

    /// Who gets in that should not.
    private static func open(_ service: PAMService, _ runs: StackRuns) -> [Finding] {
        var findings: [Finding] = []
        for ending in runs.open {
            let codes = ending.facts.codes
            if codes.isEmpty, let skipper = ending.facts.skippedBy {
                if let finding = skipped(service, runs.stack[skipper]) { findings.append(finding) }
            } else if let last = codes.last, last != .success, last != .ignore {
                findings.append(meaningless(service, runs))
            }
        }
        return findings
    }

    private static func skipped(_ service: PAMService, _ skipper: PAMHandler) -> Finding? {
        let line = skipper.quoted
        switch skipper.module {
        case .rootOnly:
            guard !rootokServices.contains(service.name) else { return nil }
            return Finding(
                .pamSkippedForSome,
                "\(service.name): \(line) spares the code where the program runs as root, as most do",
                at: skipper.place, cure: "delete the line, unless the program is one like su, which a user starts")
        case .other:
            return Finding(
                .pamSkippedForSome, "\(service.name): where \(line) says yes, no code is asked",
                at: skipper.place,
                cure: "if that is not meant, put pam_twostep.so before it, or end its effect before our line")
        default:
            return Finding(
                .pamSkipped, "\(service.name): the right password skips the code, by \(line)", at: skipper.place,
                cure: skipper.actions[.success] == .done
                    ? "write 'required' in place of '\(printed(skipper.control))', or have the lines in a substack"
                    : "let the jump end before the line of pam_twostep.so, or put that line behind where it ends")
        }
    }

    private static func meaningless(_ service: PAMService, _ runs: StackRuns) -> Finding {
        let results = runs.open.compactMap(\.facts.codes.last).filter { $0 != .success && $0 != .ignore }
        let culprit = runs.stack[runs.ours.last ?? 0]
        let kept = PAMResult.allCases.filter(results.contains).map(\.name).joined(separator: ", ")
        let what =
            results.contains(.auth_err)
            ? "a wrong code gets in, since the line says '\(printed(culprit.control))'"
            : "whoever has the password gets in when the module cannot answer (\(kept))"
        return Finding(
            .pamMeaningless, "\(service.name): \(what)", at: culprit.place,
            cure: "write 'required' there, and nothing before it that ends the stack with success")
    }

    /// Code and password, which comes first and what one is without the other. Where people enrol at a login, whoever
    /// reaches the code without the password could enrol a phone of theirs for somebody else.
    private static func order(_ service: PAMService, _ runs: StackRuns, _ context: StackContext) -> [Finding] {
        guard runs.hasPassword, let first = runs.ours.first else { return [] }
        let ours = runs.stack[first]
        let options = StackRuns.options(ours)
        var findings: [Finding] = []
        let alone = runs.open.contains {
            $0.facts.codes.last == .success && !$0.facts.passwordRight && !$0.facts.otherGate
        }
        if alone {
            findings.append(
                Finding(
                    .pamCodeSuffices, "\(service.name): the right code gets in without the password",
                    at: ours.place, cure: "write 'required' in the lines of both, code and password"))
        }
        let forwards = options?.forwardPass ?? false
        let isBefore = runs.stack[first...].contains { $0.module == .password } && !runs.hasPasswordBefore(first)
        if isBefore, !forwards, !alone {
            findings.append(
                Finding(
                    .pamBeforePassword,
                    "\(service.name): the code is asked before the password, and anybody may try codes", at: ours.place,
                    cure: "move the line right behind the password; where one field takes both: forward_pass",
                    severity: context.enrolsAtLogin ? .error : nil))
        }
        if forwards, runs.hasPasswordBefore(first) {
            findings.append(
                Finding(
                    .pamForwardPassLate,
                    "\(service.name): forward_pass stands behind the password, which is asked twice",
                    at: ours.place, cure: "put the line first, or take forward_pass away"))
        }
        if oneFieldServices.contains(service.name), !forwards {
            findings.append(
                Finding(
                    .pamOneField,
                    "\(service.name) puts one question, and this stack wants two answers: the screen cannot be unlocked",
                    at: ours.origin,
                    cure: "install /usr/share/doc/twostep/pam.d/\(service.name), which has forward_pass"))
        }
        if runs.endings.contains(where: \.facts.codeAskedAfterWrongPassword), !alone, !isSkipped(runs) {
            findings.append(afterWrong(service, runs, context))
        }
        return findings
    }

    /// Whether the right password passes the code by: the cure of that one changes who is asked.
    private static func isSkipped(_ runs: StackRuns) -> Bool {
        runs.open.contains { ending in
            guard let skipper = ending.facts.skippedBy, ending.facts.codes.isEmpty else { return false }
            return runs.stack[skipper].module == .password
        }
    }

    private static func afterWrong(_ service: PAMService, _ runs: StackRuns, _ context: StackContext) -> Finding {
        let password = runs.stack.last { $0.module == .password && $0.place != runs.stack[runs.ours[0]].place }
        let isSubstack = (password?.level ?? 0) > runs.stack[runs.ours[0]].level
        return Finding(
            .pamAfterWrongPassword,
            "\(service.name): the code is asked after a wrong password too, for anybody to try",
            at: password?.origin,
            cure: isSubstack
                ? "write 'include' or '@include' in place of 'substack', where nothing in it ends with 'sufficient'"
                : "write 'requisite' in place of '\(printed(password?.control ?? []))' in the password's line",
            severity: context.enrolsAtLogin ? .error : nil)
    }

    /// What becomes of those whom the module lets pass: `PAM_IGNORE`.
    private static func withoutRecord(
        _ service: PAMService, _ runs: StackRuns
    ) -> [Finding] {
        guard runs.mayIgnore, let first = runs.ours.first else { return [] }
        let ours = runs.stack[first]
        let passed = runs.open.filter { $0.facts.codes.last == .ignore }
        if passed.contains(where: { !$0.facts.passwordRight && !$0.facts.otherGate }) {
            return [
                Finding(
                    .pamNothingAsked,
                    "\(service.name): whoever need not have a code gets in without being asked anything",
                    at: ours.place, cure: "have the password asked before it, as 'required' or 'requisite'")
            ]
        }
        guard passed.isEmpty else { return [] }
        let what =
            StackRuns.options(ours)?.nullok == true ? "nullok lets nobody pass" : "nobody who is exempt gets in"
        return [
            Finding(
                .pamNullokDenied,
                "\(service.name): \(what), since no other module has said yes (PAM_PERM_DENIED)",
                at: ours.place, cure: "write behind it: auth required pam_permit.so")
        ]
    }

    private static func withoutPassword(
        _ service: PAMService, _ runs: StackRuns, _ context: StackContext
    ) -> [Finding] {
        guard !runs.hasPassword, !context.keyComesFirst, let first = runs.ours.first else { return [] }
        return [
            Finding(
                .pamNoPassword, "\(service.name): no module before the code asks for a password that twostep knows of",
                at: runs.stack[first].place,
                cure: "see that something else is asked first, or add the password: @include common-auth")
        ]
    }
}

extension StackRuns {
    /// Whether a module that checks passwords stands before this place.
    func hasPasswordBefore(_ index: Int) -> Bool { stack[..<index].contains { $0.module == .password } }
}

extension PAMTrouble {
    func finding(at place: Place, _ consequence: String) -> Finding {
        switch self {
        case .fault(let fault):
            Finding(.pamLineBroken, "\(consequence): \(fault.text)", at: place, cure: "correct the line; see pam.d(5)")
        case .missingFile(let name):
            Finding(
                .pamIncludeMissing, "\(consequence): it includes '\(printed(name))', which is not there", at: place,
                cure: "put the file back (from its package, or pam-auth-update), or correct the name")
        case .tooDeep(let name):
            Finding(
                .pamIncludeMissing, "\(consequence): files include each other, '\(printed(name))' too deeply",
                at: place,
                cure: "take the circle out")
        }
    }
}
