/// A stretch of time during which something is not looked at.
///
/// The clock may be set, forth or back, while it lasts. Seen from before its beginning it begins anew, so that nobody
/// waits longer than its duration; once the clock is right again, it is what it was.
package struct Pause: Equatable, Sendable {
    /// The longest there is, in seconds: one day.
    package static let longest: Int64 = 86_400

    /// When it began, in seconds since the epoch.
    package let since: Int64
    /// How long it lasts, in seconds, 0 to `longest`; 0 for no pause.
    package let duration: Int64
    /// When it was first seen from before its beginning, in seconds since the epoch; 0 for never.
    package private(set) var again: Int64

    package init(since: Int64 = 0, duration: Int64 = 0, again: Int64 = 0) {
        self.since = max(since, 0)
        self.duration = min(max(duration, 0), Pause.longest)
        self.again = max(again, 0)
    }

    /// When it ends, or nil where it is over; after `settle(at: now)`.
    package func end(at now: Int64) -> Int64? {
        guard duration > 0 else { return nil }
        let end = (now < since ? again : since) + duration
        return end > now ? end : nil
    }

    /// Takes note of a clock that was set back.
    package mutating func settle(at now: Int64) {
        if duration > 0, now < since, again == 0 || now < again { again = max(now, 1) }
    }
}
