/// Keeps whoever may connect to the service from filling the queue: of what takes no password hooks hear once a minute of
/// each kind and caller. The log has every line.
package struct HookPace: Sendable {
    /// Seconds.
    private static let silence: Int64 = 60
    /// How much is remembered.
    private static let limit = 1000
    private static let kinds: [String: [String]] = [
        "error": ["protocol", "too-many-connections", "conversation-failed"], "refused": ["not-permitted"],
    ]

    private var last: [String: Int64] = [:]

    package init() {}

    /// Whether hooks hear of this one.
    package mutating func take(_ event: LoggedEvent, at now: Int64) -> Bool {
        guard let caller = event["caller"], let reason = event["reason"],
            HookPace.kinds[event.name]?.contains(reason) ?? false
        else { return true }
        let key = "\(event.name) \(reason) \(caller)"
        if let time = last[key], now >= time, now < time + HookPace.silence { return false }
        if last.count >= HookPace.limit { last = [:] }
        last[key] = now
        return true
    }
}
