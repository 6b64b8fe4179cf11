/// Consecutive failures, and until when further attempts are refused without being looked at.
package struct Lockout: Equatable, Sendable {
    /// The longest a lock lasts, in seconds: one day.
    package static let longest: Int64 = 86_400

    /// Failures since the last success.
    package var failures: UInt32 = 0
    /// Seconds since the epoch; 0 for open.
    package var lockedUntil: Int64 = 0

    package init(failures: UInt32 = 0, lockedUntil: Int64 = 0) {
        self.failures = failures
        self.lockedUntil = lockedUntil
    }

    /// When the lock opens, or nil where it is open at `now`. A clock that was set back neither opens a lock nor makes it
    /// last longer than the longest one from then on: whoever judges by the answer keeps it as `lockedUntil`.
    package func closed(at now: Int64) -> Int64? {
        guard lockedUntil > 0, lockedUntil > now else { return nil }
        return min(lockedUntil, max(now, 0) &+ Lockout.longest)
    }

    /// Charges one failure: every `deny`th one in a row locks, for `unlockTime` seconds, then twice as long, and so on.
    package mutating func charge(now: Int64, deny: Int, unlockTime: Int) {
        failures = failures == .max ? failures : failures + 1
        let deny = UInt32(clamping: max(deny, 1))
        guard failures % deny == 0 else { return }
        let doublings = min(failures / deny - 1, 16)
        let lock = min(Int64(unlockTime) << Int64(doublings), Lockout.longest)
        lockedUntil = max(lockedUntil, min(max(now, 0), Token.counterLimit) + lock)
    }

    /// A success ends the row.
    package mutating func clear() { self = Lockout() }
}
