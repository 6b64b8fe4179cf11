/// What keeps guessing from paying while the owner gets in (law 9; docs/adr/0010-throttle.md): closures by source, budgets
/// that no success fills, and pauses after a wrong pair of codes or a wrong backup code. It lies in the record, so that
/// neither a reboot nor a kill resets anything, and its size is bounded.
package struct Throttle: Equatable, Sendable {
    /// The most sources that are remembered: of more, those with the latest successes.
    package static let sourceLimit = 8
    /// For how long a success makes its source a known one, in seconds: 90 days.
    package static let remembered: Int64 = 90 * 86_400
    /// What `unlock` leaves in each budget at least, in units: five guesses at one TOTP token.
    package static let afterUnlock: Int64 = 1_500

    /// A source somebody was let in from.
    package struct KnownSource: Equatable, Sendable {
        package let source: Source
        /// Seconds since the epoch.
        package var lastSuccess: Int64
        package var purse: Purse

        package init(_ source: Source, lastSuccess: Int64, purse: Purse = Purse()) {
            self.source = source
            self.lastSuccess = lastSuccess
            self.purse = purse
        }
    }

    /// What one group of sources shares.
    package struct Share: Equatable, Sendable {
        package var budget: Budget
        /// After a wrong pair of codes.
        package var pairs = Pause()
        /// After a wrong backup code.
        package var backupCodes = Pause()

        package init(_ budget: Budget) { self.budget = budget }
    }

    /// The purse that an attempt is charged to.
    package enum Place: Equatable, Sendable {
        case world
        /// Its place in `sources`.
        case known(Int)
    }

    package var worldPurse = Purse()
    package var world: Share
    package var known: Share
    package var sources: [KnownSource] = []

    /// Everything open and full at `now`, in seconds since the epoch.
    package init(now: Int64) {
        world = Share(Budget(.world, at: now))
        known = Share(Budget(.known, at: now))
    }

    /// Takes note of the time: credits budgets, and notices a clock that was set back.
    package mutating func settle(at now: Int64) {
        worldPurse.settle(at: now)
        for index in sources.indices { sources[index].purse.settle(at: now) }
        Throttle.settle(&world, at: now)
        Throttle.settle(&known, at: now)
    }

    private static func settle(_ share: inout Share, at now: Int64) {
        share.budget.settle(at: now)
        share.pairs.settle(at: now)
        share.backupCodes.settle(at: now)
    }

    /// The purse for attempts from `source`; nil is a source that nobody can tell.
    package func place(of source: Source?, at now: Int64) -> Place {
        for (index, known) in sources.enumerated()
        where known.source == source && now - known.lastSuccess <= Throttle.remembered { return .known(index) }
        return .world
    }

    package subscript(share place: Place) -> Share {
        get { place == .world ? world : known }
        set { if place == .world { world = newValue } else { known = newValue } }
    }

    package subscript(purse place: Place) -> Purse {
        get {
            if case .known(let index) = place, index < sources.count { return sources[index].purse }
            return worldPurse
        }
        set {
            if case .known(let index) = place, index < sources.count {
                sources[index].purse = newValue
            } else {
                worldPurse = newValue
            }
        }
    }

    /// What single codes from a place may take from its budget. A known source whose failures have closed it since its
    /// last success leaves half of the budget to the other ones: somebody who sits where the owner once was must not
    /// keep the owner out elsewhere.
    package func allowance(of place: Place, rules: VerificationRules) -> Budget {
        var budget = self[share: place].budget
        if case .known = place, sources.count > 1, self[purse: place].failures >= UInt32(clamping: max(rules.deny, 1)) {
            budget.spend(budget.group.capacity / 2)
        }
        return budget
    }

    /// Failures since the last success, of the purse that has most.
    package var failures: UInt32 {
        var most = worldPurse.failures
        for known in sources { most = max(most, known.purse.failures) }
        return most
    }

    /// Somebody was let in from `source`: its failures are forgotten and it is a known one from now on.
    package mutating func succeed(from source: Source?, at now: Int64) {
        self[purse: place(of: source, at: now)] = Purse()
        guard let source else { return }
        var latest = [KnownSource(source, lastSuccess: now)]
        for known in sources where known.source != source && latest.count < Throttle.sourceLimit {
            latest.append(known)
        }
        sources = latest
    }

    /// Opens everything for the owner: an administrator's word.
    package mutating func unlock(at now: Int64) {
        settle(at: now)
        worldPurse = Purse()
        for index in sources.indices { sources[index].purse = Purse() }
        Throttle.unlock(&world)
        Throttle.unlock(&known)
    }

    private static func unlock(_ share: inout Share) {
        share.budget.raise(to: afterUnlock)
        share = Share(share.budget)
    }
}
