package import TwostepCore

/// What policy names, against the machine: groups, and the day.
package enum PolicyJudge {
    /// What the name service says of a group's name.
    package enum GroupLook: Equatable, Sendable {
        case known, unknown
        /// It did not answer; what the system said.
        case unavailable(String)
    }

    /// From how many days ahead a day is taken for a slip of the pen.
    private static let farDays: Int64 = 366

    /// - Parameters:
    ///   - file: the configuration as text, for the lines that are named.
    ///   - now: seconds since the epoch; nil where the clock cannot be read.
    ///   - group: asks the name service, once for each name.
    package static func judge(
        _ configuration: Configuration, _ file: QuotedConfiguration, now: Int64?, group: ([UInt8]) -> GroupLook
    ) -> [Finding] {
        let required = groups(configuration.required, group).compactMap { name, look -> Finding? in
            let place = file.place(of: .required)
            switch look {
            case .known: return nil
            case .unknown:
                return Finding(
                    .requiredGroupUnknown,
                    "there is no group '\(name)': whoever is not enrolled, and no other rule names, is refused",
                    at: place, cure: "correct the name (getent group), or make the group")
            case .unavailable(let cause): return unavailable(name, cause, place)
            }
        }
        let exempt = groups(configuration.exempt, group).compactMap { name, look -> Finding? in
            let place = file.place(of: .exempt)
            switch look {
            case .known: return nil
            case .unknown:
                return Finding(
                    .exemptGroupUnknown, "there is no group '\(name)': the rule exempts nobody", at: place,
                    cure: "correct the name (getent group), or take the rule out")
            case .unavailable(let cause): return unavailable(name, cause, place)
            }
        }
        return required + exempt + day(configuration, file, now)
    }

    private static func groups(
        _ rules: [Rule], _ group: ([UInt8]) -> GroupLook
    ) -> [(name: String, look: GroupLook)] {
        rules.filter { $0.kind == .group }.map { (printed($0.name), group($0.name)) }
    }

    private static func unavailable(_ name: String, _ cause: String, _ place: Place) -> Finding {
        Finding(
            .accountsUnavailable, "the name service does not say whether there is a group '\(name)' (\(cause))",
            at: place, cure: "getent group; look at nsswitch.conf, sssd, nslcd")
    }

    private static func day(_ configuration: Configuration, _ file: QuotedConfiguration, _ now: Int64?) -> [Finding] {
        guard let day = configuration.enrollBy, let now else { return [] }
        let place = file.place(of: .enrollBy)
        let text = printed(day.text)
        if !configuration.isBeforeDeadline(now) {
            return [
                Finding(
                    .enrollByPast, "\(text) is over: who must have a second step, and has none, is refused", at: place,
                    cure: "take the line out; for more time write a later day")
            ]
        }
        let days = (day.end - now) / 86_400
        guard days > farDays else { return [] }
        return [
            Finding(
                .enrollByFar, "until \(text), for \(days) days, a password alone lets in whoever is not enrolled",
                at: place, cure: "write a nearer day, if that is not meant")
        ]
    }
}
