internal import TwostepCore

/// The code beside the password: which comes first, and what one is without the other.
extension StackJudge {
    /// Code and password, which comes first and what one is without the other. Where people enrol at a login, whoever
    /// reaches the code without the password could enrol a phone of theirs for somebody else.
    static func order(_ service: PAMService, _ runs: StackRuns, _ context: StackContext) -> [Finding] {
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

    static func withoutPassword(
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
