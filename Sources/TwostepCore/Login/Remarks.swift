/// Lines shown to the person.
package struct Remarks: Equatable, Sendable {
    package let lines: [[UInt8]]
    package let areErrors: Bool
}

/// Shows what there is to say about an outcome; `now` as for `login`.
package func tell<C: Conversation & ~Copyable>(
    _ outcome: Outcome, _ request: LoginRequest, _ conversation: inout C, _ now: Int64?
) {
    let remarks = remarks(on: outcome, request, now: now ?? 0)
    for line in remarks.lines { conversation.tell(line, isError: remarks.areErrors) }
}

/// What the person is told after the verdict: how many backup codes are left; until when they need no second step; and,
/// where the site wants its people to know (`explain = yes`), why they were refused.
package func remarks(on outcome: Outcome, _ request: LoginRequest, now: Int64) -> Remarks {
    if !request.silent {
        if case .accepted(let acceptance) = outcome, acceptance.method == .backupCode {
            return Remarks(lines: spentBackupCode(left: acceptance.backupCodesLeft), areErrors: false)
        }
        if case .passed(.notYetDue) = outcome, let day = request.configuration.enrollBy {
            return Remarks(lines: reminder(day), areErrors: false)
        }
        if request.configuration.explain {
            return Remarks(lines: explanation(of: outcome, now: now), areErrors: true)
        }
    }
    return Remarks(lines: [], areErrors: false)
}

/// How many are left, and, from two on, what to do before there are none.
private func spentBackupCode(left: Int) -> [[UInt8]] {
    let accepted =
        [UInt8](text: "twostep: backup code accepted, ") + [UInt8](decimal: Int64(left)) + [UInt8](text: " left")
    return left > 2 ? [accepted] : [accepted, [UInt8](text: "twostep: ask your administrator for new backup codes")]
}

/// What somebody reads at each login until the day on which they must have a second step.
private func reminder(_ day: Day) -> [[UInt8]] {
    [
        [UInt8](text: "twostep: set up your second step by ") + day.text + [UInt8](text: "; later you are refused"),
        [UInt8](text: "twostep: run twostep enroll, or ask your administrator"),
    ]
}

@inline(never)
private func explanation(of outcome: Outcome, now: Int64) -> [[UInt8]] {
    switch outcome {
    case .accepted, .passed, .noAnswer, .mayEnrol, .handedOver: []
    case .refused(let refusal): explanation(of: refusal, now: now)
    case .unavailable:
        lines("twostep: the second step cannot be checked just now", "twostep: tell your administrator")
    }
}

private func explanation(of refusal: Refusal, now: Int64) -> [[UInt8]] {
    switch refusal {
    case .wrongCode: return lines("twostep: that code is wrong", "twostep: type the code your app shows now")
    case .alreadyUsed:
        return lines("twostep: that code has been used", "twostep: wait for the next one in your app")
    case .malformed:
        return lines(
            "twostep: that is not a code", "twostep: type the digits your app shows, or a backup code like 7K3M-9QXZ")
    case .locked(let until):
        let minutes = [UInt8](decimal: max((until - now + 59) / 60, 1))
        return [
            [UInt8](text: "twostep: too many wrong codes; single codes count again in ") + minutes
                + [UInt8](text: " min"),
            [UInt8](text: "twostep: type two codes in a row in one line, 123456 654321, or a backup code"),
        ]
    case .tooSoon(let until):
        let seconds = [UInt8](decimal: max(until - now, 1))
        return [
            [UInt8](text: "twostep: too soon after a wrong code"),
            [UInt8](text: "twostep: try again in ") + seconds + [UInt8](text: " s"),
        ]
    case .damaged:
        return lines(
            "twostep: that code cannot be accepted now", "twostep: wait some minutes for a newer one in your app")
    case .notEnrolled, .unknownUser, .disabled, .mustReenrol:
        return lines("twostep: you have no second step set up here", "twostep: ask your administrator to enrol you")
    }
}

@inline(never)
private func lines(_ what: StaticString, _ hint: StaticString) -> [[UInt8]] {
    [[UInt8](text: what), [UInt8](text: hint)]
}
