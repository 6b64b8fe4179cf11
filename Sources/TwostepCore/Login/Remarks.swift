/// A line shown to the person.
package struct Remark: Equatable, Sendable {
    package let text: [UInt8]
    package let isError: Bool
}

/// What the person is told after the verdict: how many backup codes are left, and, where the site wants its people to
/// know (`explain = yes`), why they were refused.
func remarks(on outcome: Outcome, _ request: LoginRequest, now: Int64) -> [Remark] {
    guard !request.silent else { return [] }
    if case .accepted(let acceptance) = outcome, acceptance.method == .backupCode {
        let left = [UInt8](decimal: Int64(acceptance.backupCodesLeft))
        return [
            Remark(
                text: [UInt8](text: "twostep: backup code accepted, ") + left + [UInt8](text: " left"), isError: false)
        ]
    }
    guard request.configuration.explain else { return [] }
    return explanation(of: outcome, now: now).map { Remark(text: $0, isError: true) }
}

private func explanation(of outcome: Outcome, now: Int64) -> [[UInt8]] {
    switch outcome {
    case .accepted, .passed, .noAnswer: []
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
            [UInt8](text: "twostep: too many wrong codes"),
            [UInt8](text: "twostep: try again in ") + minutes + [UInt8](text: " min, or ask your administrator"),
        ]
    case .damaged:
        return lines("twostep: that code cannot be accepted now", "twostep: wait a minute for a newer one in your app")
    case .notEnrolled, .unknownUser, .disabled, .mustReenrol:
        return lines("twostep: you have no second step set up here", "twostep: ask your administrator to enrol you")
    }
}

private func lines(_ what: String, _ hint: String) -> [[UInt8]] { [[UInt8](text: what), [UInt8](text: hint)] }
