import Testing

@testable import TwostepCore

/// What may be guessed at all: filled by time alone, never faster than by the day, never above its capacity.
struct BudgetTests {
    private let now: Int64 = 1_700_000_000
    private let day: Int64 = 86_400

    private func empty(_ group: Budget.Group) -> Budget { Budget(group, level: 0, at: now) }

    @Test(arguments: [(Budget.Group.world, 6_000), (.known, 9_000)] as [(Budget.Group, Int64)])
    func aNewOneIsFullAndHoldsNoMore(group: Budget.Group, units: Int64) {
        var budget = Budget(group, at: now)
        #expect(budget.affords(units) && !budget.affords(units + 1))
        for later in 1...400 as ClosedRange<Int64> { budget.settle(at: now + later * day) }
        #expect(budget.affords(units) && !budget.affords(units + 1))
        #expect(budget.level == units * day)
    }

    @Test(arguments: [(Budget.Group.world, 60), (.known, 145)] as [(Budget.Group, Int64)])
    func aDayFillsItByADay(group: Budget.Group, units: Int64) {
        var budget = empty(group)
        #expect(!budget.affords(1) && budget.affords(0))
        budget.settle(at: now + day)
        #expect(budget.affords(units) && !budget.affords(units + 1))
    }

    /// However it is looked at, nothing is lost or won by rounding.
    @Test func aDayInManyLooksIsADay() {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<200 {
            var budget = empty(.known)
            var time = now
            while time < now + day {
                time = min(time + Int64.random(in: 0...20_000, using: &generator), now + day)
                budget.settle(at: time)
            }
            #expect(budget.level == 145 * day)
        }
    }

    @Test func atMostADayIsCreditedAtOnce() {
        var budget = empty(.world)
        budget.settle(at: now + 30 * day)
        #expect(budget.level == 60 * day)
        budget = empty(.world)
        for later in 1...30 as ClosedRange<Int64> { budget.settle(at: now + later * day) }
        #expect(budget.level == 30 * 60 * day)
    }

    /// A clock that was ahead by a year for an hour has given away a day's worth at most, and one that was back nothing.
    @Test func aClockThatWasSetGivesAwayADayAtMost() {
        for ahead in [day / 2, day, 365 * day, Int64(1) << 40] {
            var budget = empty(.world)
            budget.settle(at: now + ahead)
            budget.settle(at: now + 3_600)
            #expect(budget.level == 60 * min(ahead, day))
            // From here on by the right clock.
            budget.settle(at: now + 3_600 + day)
            #expect(budget.level == 60 * (min(ahead, day) + day))
        }
        var budget = empty(.world)
        budget.settle(at: now - 365 * day)
        #expect(budget.level == 0)
        budget.settle(at: now - 365 * day + 10)
        #expect(budget.level == 600)
        budget.settle(at: now + 10)
        #expect(budget.level == 600 + 60 * day)
    }

    @Test func spendingEndsAtNothing() {
        var budget = Budget(.world, at: now)
        budget.spend(5_999)
        #expect(budget.affords(1) && !budget.affords(2))
        budget.spend(500)
        #expect(budget.level == 0)
    }

    /// The moment that is told is the first at which the cost is there.
    @Test func theTimeThatIsToldIsExact() {
        for group in [Budget.Group.world, .known] {
            for (level, cost) in [(0, 1), (5 * day, 60), (7, 2), (day * 100, 150), (12_345, 33)] as [(Int64, Int64)] {
                let budget = Budget(group, level: level, at: now)
                let told = budget.time(for: cost)
                var (early, right) = (budget, budget)
                early.settle(at: told - 1)
                right.settle(at: told)
                if told <= now + day { #expect(!early.affords(cost) && right.affords(cost)) }
                #expect(told > now)
            }
        }
        #expect(Budget(.world, at: now).time(for: 1) == now)
        // More than it can ever hold: when it will be full.
        #expect(empty(.world).time(for: 9_000) == now + 100 * day)
    }

    /// As long as half is left, anything; then a sixth of what there is.
    @Test func whatABudgetBearsAtOneStroke() {
        for group in [Budget.Group.world, .known] {
            let half = group.capacity / 2
            for units in [group.capacity, half + 1_000, half + 500, half + 300, half, 600, 599, 5, 0] {
                let most = max(units - half, units / 6)
                let budget = Budget(group, level: units * day, at: now)
                #expect(budget.bears(most) && !budget.bears(most + 1), "\(units)")
            }
        }
    }

    @Test func raisingNeverTakesAway() {
        var budget = Budget(.known, at: now)
        budget.raise(to: 1_500)
        #expect(budget.affords(9_000))
        budget.spend(8_800)
        budget.raise(to: 1_500)
        #expect(budget.affords(1_500) && !budget.affords(1_501))
    }

    @Test func whatIsReadIsWithinBounds() {
        for (level, at) in [(-1, -1), (.min, .min), (.max, .max), (6_001 * day, 0)] as [(Int64, Int64)] {
            let budget = Budget(.world, level: level, at: at)
            #expect((0...(6_000 * day)).contains(budget.level) && budget.at >= 0)
        }
    }

    /// Law 9's bound, from the numbers that stand in the code: single codes from both groups, pairs of codes and backup
    /// codes as fast as they are looked at, a year long.
    @Test func aYearOfEveryClassIsAtMostOneInAThousand() {
        var chance = 0.0
        for group in [Budget.Group.world, .known] {
            chance += (Double(group.capacity) + 365.25 * Double(group.perDay)) * 1e-8
        }
        let year = 365.25 * 86_400.0
        let codes = Double(BackupCodeSet.limit) / (1_099_511_627_776 - 100_000_000)
        chance += 2 * year / Double(Record.backupCodePause) * codes
        // At most four pairs of six digits for every ten seconds of pause.
        chance += 2 * year / 10 * 4e-12
        #expect(chance <= 1e-3)
        #expect(chance > 9e-4)
    }
}
