extension Record {
    /// How long after a wrong backup code the next one is looked at, in seconds.
    package static var backupCodePause: Int64 { 10 }

    mutating func charge(
        _ judged: Judgement, _ place: Throttle.Place, rules: VerificationRules, now: Int64
    ) {
        for token in tokens.indices {
            if let moment = judged.spent[token] { spendMoment(token, moment, rules: rules, now: now) }
        }
        if let index = judged.spentCode { backupCodes.entries[index].spentAt = max(now, 1) }
        if let cost = judged.cost {
            throttle[share: place].budget.spend(cost)
            throttle[purse: place].charge(now: now, rules: rules)
        }
        if let pause = judged.pairPause { throttle[share: place].pairs = pause }
        if let pause = judged.backupPause { throttle[share: place].backupCodes = pause }
    }

    /// Spends a step or counter value and everything before it, and follows the authenticator's clock.
    private mutating func spendMoment(_ index: Int, _ moment: Int64, rules: VerificationRules, now: Int64) {
        let token = tokens[index]
        if token.kind == .totp {
            cautious = false
            let candidates = Candidates(token, pairs: false, rules: rules, now: now)
            let offset = moment - candidates.expected
            if offset.magnitude <= rules.window {
                follow(index, offset: candidates.drift(moment))
            } else {
                resynchronise(index, drift: Int64(token.drift) + offset)
            }
        }
        spend(index, floor: moment + 1, lastUsed: now)
    }
}
