/// Keeps whoever may connect to the service from filling the queue: of refusals, errors and passes that a caller other than
/// root brings about, and of passwords that PAM refuses, hooks hear once a minute of each kind, caller and user. They take
/// no password. What an owner does with one, by a command, has `by` and no `caller`. The log has every line.
package struct HookPace: Sendable {
    /// Seconds.
    private static let silence: Int64 = 60
    /// How much is remembered.
    private static let limit = 1000
    /// By the field that says who brings it about.
    private static let paced = [
        "refused": "caller", "error": "caller", "ignored": "caller", "password-refused": "by",
    ]

    private var last: [String: Int64] = [:]

    package init() {}

    /// Whether hooks hear of this one.
    package mutating func take(_ event: LoggedEvent, at now: Int64) -> Bool {
        guard let field = HookPace.paced[event.name], let caller = event[field], caller != "0",
            let reason = event["reason"]
        else { return true }
        // What a caller does to their own account must not hide what they do to somebody else's. Of whom they may not be
        // judged as they could name one after the other.
        let user = reason == "not-permitted" ? "" : event["user"] ?? ""
        let key = "\(event.name) \(reason) \(caller) \(user)"
        if let time = last[key], now >= time, now < time + HookPace.silence { return false }
        if last.count >= HookPace.limit { last = [:] }
        last[key] = now
        return true
    }
}
