internal import TwostepCore

/// Whether anybody gets in at all.
extension StackJudge {
    /// Whether anybody gets in at all, and whether one code is enough.
    static func shut(_ service: PAMService, _ runs: StackRuns, _ context: StackContext) -> [Finding] {
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
}
