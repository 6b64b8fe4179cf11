/// How the throttle stands for somebody: for whoever looks at a record without judging anything.
extension Record {
    /// The purses of a group: the world's one, or one for each source that is remembered.
    private func places(_ group: Budget.Group, now: Int64) -> [Throttle.Place] {
        guard group == .known else { return [.world] }
        var places: [Throttle.Place] = []
        for (index, source) in throttle.sources.enumerated() where now - source.lastSuccess <= Throttle.remembered {
            places.append(.known(index))
        }
        return places
    }

    /// From how many sources somebody has lately been let in.
    package func knownSources(now: Int64) -> Int { places(.known, now: now).count }

    /// Until when single codes are refused unseen from some source of a group, in seconds since the epoch; nil where
    /// they are looked at from all of them.
    package func lockedUntil(_ group: Budget.Group, rules: VerificationRules, now: Int64) -> Int64? {
        var settled = throttle
        settled.settle(at: now)
        return places(group, now: now).compactMap { closedUntil($0, settled, rules: rules, now: now) }.max()
    }

    /// Until when single codes from `source` are refused unseen, in seconds since the epoch; nil where they are looked
    /// at.
    package func closedUntil(from source: Source?, rules: VerificationRules, now: Int64) -> Int64? {
        var settled = throttle
        settled.settle(at: now)
        return closedUntil(settled.place(of: source, at: now), settled, rules: rules, now: now)
    }

    /// The same for the purse of a place, after `settle`: until it is open and what it may take pays for a code of some
    /// token, as `verify` has it.
    private func closedUntil(
        _ place: Throttle.Place, _ settled: Throttle, rules: VerificationRules, now: Int64
    ) -> Int64? {
        let closed = settled[purse: place].closure.end(at: now)
        let budget = settled.allowance(of: place, rules: rules)
        guard let empty = emptyUntil(budget, rules: rules, now: now) else { return closed }
        return max(closed ?? empty, empty)
    }

    /// Whether the budget of a group cannot pay for a single code of any token.
    package func hasUsedUpBudget(_ group: Budget.Group, rules: VerificationRules, now: Int64) -> Bool {
        var settled = throttle
        settled.settle(at: now)
        let share = group == .world ? settled.world : settled.known
        return emptyUntil(share.budget, rules: rules, now: now) != nil
    }

    /// When `budget` can pay again for a single code of some token; nil where it can.
    private func emptyUntil(_ budget: Budget, rules: VerificationRules, now: Int64) -> Int64? {
        var until: Int64?
        for token in tokens {
            let reach = SingleCode.reach(of: budget, digits: token.digits, self, rules: rules, now: now)
            guard reach.reach == nil else { return nil }
            until = min(until ?? .max, budget.time(for: reach.cost))
        }
        return until
    }
}
