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

    /// When the lock opens, or nil where it is open at `now`. A clock that was set back cannot make a lock last
    /// longer than the longest one.
    package func closed(at now: Int64) -> Int64? {
        guard lockedUntil > 0, lockedUntil > now, lockedUntil <= now &+ Lockout.longest else { return nil }
        return lockedUntil
    }

    /// Charges one failure: every `deny`th one in a row locks, for `unlockTime` seconds, then twice as long, and so on.
    package mutating func charge(now: Int64, deny: Int, unlockTime: Int) {
        failures = failures == .max ? failures : failures + 1
        let deny = UInt32(clamping: max(deny, 1))
        guard failures % deny == 0 else { return }
        let doublings = min(failures / deny - 1, 16)
        lockedUntil = now &+ min(Int64(unlockTime) << Int64(doublings), Lockout.longest)
    }

    /// A success ends the row.
    package mutating func clear() { self = Lockout() }
}
