internal import TwostepCore

/// Who gets in without what the stack is there for.
extension StackJudge {
    /// Who gets in that should not.
    static func open(_ service: PAMService, _ runs: StackRuns) -> [Finding] {
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

    /// What becomes of those whom the module lets pass: `PAM_IGNORE`.
    static func withoutRecord(
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
}
