/// Keeps a flood of events from becoming a flood of mails.
package struct MailPace: Sendable {
    /// Seconds in which the same refusal or error is told once.
    private static let silence: Int64 = 3600
    /// The most mails in that time about one user to one hearer.
    private static let most = 30
    /// How much is remembered.
    private static let limit = 10_000

    private var last: [String: Int64] = [:]
    private var counts: [String: (since: Int64, count: Int)] = [:]

    package init() {}

    package struct Answer: Equatable, Sendable {
        /// Those who are told of it.
        package var told: [Target] = []
        /// One who is not, since there were too many; only where it is the first that is left out.
        package var firstLeftOut: Target?
    }

    /// Who of these is told of an event now; that is counted. An address that was the owner's until the event is told of it
    /// in any case: nobody can bring that about often, and there is no second mail to it.
    package mutating func take(
        _ targets: [Target], of event: LoggedEvent, _ hearer: Hearer, at now: Int64
    ) -> Answer {
        var answer = Answer(told: targets.filter(\.isFormer))
        let others = targets.filter { !$0.isFormer }
        guard !others.isEmpty else { return answer }
        if last.count > MailPace.limit || counts.count > MailPace.limit { (last, counts) = ([:], [:]) }
        let about = "\(hearer.rawValue) \(event["user"] ?? "")"
        if let repeated = MailPace.repeated(event) {
            let key = "\(about) \(repeated)"
            if let time = last[key], now >= time, now < time + MailPace.silence { return answer }
            last[key] = now
        }
        var known = counts[about] ?? (now, 0)
        if now < known.since || now >= known.since + MailPace.silence { known = (now, 0) }
        known.count += 1
        counts[about] = known
        if known.count <= MailPace.most {
            answer.told = others + answer.told
        } else if known.count == MailPace.most + 1 {
            answer.firstLeftOut = others[0]
        }
        return answer
    }

    /// What events that come again and again have in common: of those one is told of. Nil for an event that is told of each
    /// time.
    private static func repeated(_ event: LoggedEvent) -> String? {
        let reason = event["reason"] ?? ""
        switch event.name {
        case "refused", "error", "slot-damaged": return "\(event.name) \(reason)"
        // Whoever has the password chooses for what reason recovery is refused, but where it takes the token: that somebody
        // has it the owner must hear, whatever was typed before.
        case "recovery-refused": return "\(event.name) \(event.tellsOfToken ? reason : "")"
        case "recovered" where event.isGoingOn: return "\(event.name) again"
        default: return nil
        }
    }
}

extension Target {
    fileprivate var isFormer: Bool {
        if case .former = self { return true }
        return false
    }
}
