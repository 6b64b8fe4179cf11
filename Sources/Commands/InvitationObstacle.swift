internal import TwostepCore

/// Why a login may let somebody in, or turn them away, without asking for the enrolment code that they were given: as far as
/// the configuration says it. What stands in a service's own file says `twostep explain`.
enum InvitationObstacle: Equatable {
    /// `enroll_at_login = no`.
    case notAtLogin
    /// Nobody asks them for anything: this rule of `exempt` holds.
    case exempt(String)
    /// They need no second step, so that a line with `nullok` lets them pass.
    case notRequired
    /// They need none until the end of this day, likewise.
    case notDue(String)

    /// - Parameters:
    ///   - state: of their record, once they are invited.
    ///   - now: seconds since the epoch; nil where there is no clock.
    init?(
        _ configuration: Configuration, _ account: Account, _ state: Record.State, now: Int64?,
        _ membership: MembershipLookup
    ) {
        guard configuration.enrollAtLogin != .no else {
            self = .notAtLogin
            return
        }
        let anywhere = PolicySubject(account: account, service: [], address: nil)
        if let rule = configuration.exemption(of: anywhere, membership) {
            self = .exempt(text(rule.text))
            return
        }
        // Whoever had a second step does not pass for having none.
        guard state == .pending else { return nil }
        if !configuration.required.contains(where: { $0.kind == .service }) {
            do throws(StoreError) {
                if try configuration.requirement(of: anywhere, membership) == nil {
                    self = .notRequired
                    return
                }
            } catch {
                // Then nobody passes.
                return nil
            }
        }
        guard configuration.isBeforeDeadline(now), let day = configuration.enrollBy else { return nil }
        self = .notDue(text(day.text))
    }

    /// For people: what is so, and what to do.
    func lines(_ name: String) -> (what: String, hint: String) {
        switch self {
        case .notAtLogin:
            (
                "no login asks for this code: enroll_at_login = no",
                "set enroll_at_login = code, or enrol them here: twostep enroll \(name)"
            )
        case .exempt(let rule):
            (
                "no login asks \(name) for this code: exempt, by \(printable(rule))",
                "change exempt, or enrol them here: twostep enroll \(name)"
            )
        case .notRequired:
            (
                "\(name) need not have a second step: where nullok stands, no login asks for this code",
                "change required, or enrol them here: twostep enroll \(name)"
            )
        case .notDue(let day):
            (
                "until the end of \(day) (enroll_by), where nullok stands, no login asks \(name) for this code",
                "enrol them here: twostep enroll \(name)"
            )
        }
    }
}
