/// Keeps whoever may connect to the service from filling the queue: of refusals and errors that a caller other than root
/// brings about hooks hear once a minute of each kind and caller. They take no password. The log has every line.
package struct HookPace: Sendable {
    /// Seconds.
    private static let silence: Int64 = 60
    /// How much is remembered.
    private static let limit = 1000

    private var last: [String: Int64] = [:]

    package init() {}

    /// Whether hooks hear of this one.
    package mutating func take(_ event: LoggedEvent, at now: Int64) -> Bool {
        guard ["refused", "error"].contains(event.name), let caller = event["caller"], caller != "0",
            let reason = event["reason"]
        else { return true }
        let key = "\(event.name) \(reason) \(caller)"
        if let time = last[key], now >= time, now < time + HookPace.silence { return false }
        if last.count >= HookPace.limit { last = [:] }
        last[key] = now
        return true
    }
}
