/// How many mails that bring a code may be asked for: nobody has this machine write to strangers in a loop.
package struct CodeMailPace: Sendable {
    /// For one user and purpose in an hour, so that asking for one does not use up another's.
    private static let most = 5
    private static let hour: Int64 = 3600
    /// Of how many users and purposes that is remembered.
    private static let limit = 10_000

    private var asked: [String: [Int64]] = [:]

    package init() {}

    /// Whether one more may go; if so, that is counted.
    package mutating func take(_ request: CodeRequest, at now: Int64) -> Bool {
        let key = "\(request.template) \(request.user)"
        var times = (asked[key] ?? []).filter { now >= $0 && now < $0 + CodeMailPace.hour }
        guard times.count < CodeMailPace.most else { return false }
        if asked.count >= CodeMailPace.limit { asked = [:] }
        times.append(now)
        asked[key] = times
        return true
    }
}
