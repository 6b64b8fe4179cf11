/// How many guesses may be looked at, whoever makes them: filled by time alone, never by a success, so that nobody can
/// guess between an owner's logins (law 9). The computation stands in docs/threat-model.md.
///
/// The unit of cost is the chance of one eight-digit code: a guess that one six-digit code would have answered costs 100.
package struct Budget: Equatable, Sendable {
    /// Who shares a budget.
    package enum Group: Sendable {
        /// Everybody from a source that has not lately been successful.
        case world
        /// All sources that have lately been successful, together.
        case known

        /// What the budget holds at most, in units: 60 and 90 six-digit codes.
        package var capacity: Int64 { self == .world ? 6_000 : 9_000 }
        /// What is added in a day, in units: 0.6 and 1.45 six-digit codes.
        package var perDay: Int64 { self == .world ? 60 : 145 }
    }

    /// Seconds in a day; also the longest stretch that is credited at once, so that a clock which was ahead for an hour,
    /// by whatever it was, has given away less than one guess.
    private static let day: Int64 = 86_400

    package let group: Group
    /// What there is, in units times seconds of a day: 0 to `capacity` times 86,400.
    package private(set) var level: Int64
    /// When the level was that, in seconds since the epoch.
    package private(set) var at: Int64

    /// A full budget.
    package init(_ group: Group, at: Int64) { self.init(group, level: .max, at: at) }

    package init(_ group: Group, level: Int64, at: Int64) {
        self.group = group
        self.level = min(max(level, 0), group.capacity * Budget.day)
        self.at = max(at, 0)
    }

    /// Credits the time since the last look; a clock that was set back credits nothing.
    package mutating func settle(at now: Int64) {
        let elapsed = min(max(now - at, 0), Budget.day)
        self = Budget(group, level: level + elapsed * group.perDay, at: now)
    }

    /// Whether `cost` units are there.
    package func affords(_ cost: Int64) -> Bool { level >= cost * Budget.day }

    /// Whether `cost` units may go at one stroke: as long as half of the capacity is left, and after that a sixth of what
    /// there is, so that an owner's mistyped codes do not close the door on the right one.
    package func bears(_ cost: Int64) -> Bool {
        2 * (level - cost * Budget.day) >= group.capacity * Budget.day || 6 * cost * Budget.day <= level
    }

    /// When `cost` units will be there, if it is looked at once a day.
    package func time(for cost: Int64) -> Int64 {
        let missing = max(min(cost, group.capacity) * Budget.day - level, 0)
        return at + (missing + group.perDay - 1) / group.perDay
    }

    package mutating func spend(_ cost: Int64) { self = Budget(group, level: level - cost * Budget.day, at: at) }

    /// Raises it to `units` where it holds less.
    package mutating func raise(to units: Int64) {
        self = Budget(group, level: max(level, units * Budget.day), at: at)
    }
}
