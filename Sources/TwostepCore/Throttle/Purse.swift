/// Failures in a row, and the closures they lead to. There is one purse for each source that has lately been
/// successful, and one for the rest of the world, so that failures from elsewhere close nothing for the owner.
package struct Purse: Equatable, Sendable {
    /// Failures since the last success.
    package private(set) var failures: UInt32
    package private(set) var closure: Pause

    package init(failures: UInt32 = 0, closure: Pause = Pause()) {
        self.failures = failures
        self.closure = closure
    }

    /// Charges one failure: every `deny`th in a row closes the purse, for `unlockTime` seconds, then twice as long, and
    /// so on up to a day.
    package mutating func charge(now: Int64, rules: VerificationRules) {
        failures = failures == .max ? failures : failures + 1
        let deny = UInt32(clamping: max(rules.deny, 1))
        guard failures % deny == 0 else { return }
        let doublings = min(failures / deny - 1, 16)
        closure = Pause(since: now, duration: Int64(rules.unlockTime) << Int64(doublings))
    }

    package mutating func settle(at now: Int64) { closure.settle(at: now) }
}
