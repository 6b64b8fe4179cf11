extension Record {
    /// Takes back the benefit of the doubt after one of the record's two slots was found damaged: the older slot that
    /// is left may not know of the last login, so every TOTP step that could have been spent by now counts as spent,
    /// and HOTP and backup codes wait for a fresh TOTP step.
    ///
    /// A record without a TOTP token has nothing to wait for; what it spends stands in both slots already.
    ///
    /// Nor does one that says that enrolment is not complete prove any longer that there was none: whoever has it must
    /// enrol anew.
    package mutating func becomeCautious(rules: VerificationRules, now: Int64) {
        // The slot that is gone may have said that they were over.
        forgetLogins()
        if state == .pending { state = .mustReenrol }
        guard tokens.contains(where: { $0.kind == .totp }) else { return }
        cautious = true
        for index in tokens.indices where tokens[index].kind == .totp {
            // Two consecutive codes reach further than one.
            let last = Candidates(tokens[index], pairs: true, rules: rules, now: now).range.upperBound
            spend(index, floor: last + 1, lastUsed: tokens[index].lastUsed)
        }
    }
}
