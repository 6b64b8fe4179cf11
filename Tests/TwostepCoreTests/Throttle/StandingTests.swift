import Testing

@testable import TwostepCore

/// What is said of a closed purse is what `verify` does: one rule, also where tokens cost differently.
struct StandingTests {
    private let now = Sample.now
    private let rules = VerificationRules()
    private let home = Source(.address, 1)
    private let former = Source(.address, 2)

    /// A token of six digits first, one of eight after it; budgets of the world with room for so many units.
    private func record(_ units: Int64) throws -> Record {
        var record = try Sample.record(digits: 6, key: Sample.decoyKey)
        try record.addToken(kind: .totp, digits: 8, key: Sample.key)
        record.throttle = Throttle(now: now)
        record.throttle.world = Throttle.Share(Budget(.world, level: units * 86_400, at: now))
        return record
    }

    /// A budget that pays for one code of eight digits and for none of six is open: somebody may type the one of eight.
    @Test(arguments: [1, 50, 99] as [Int64])
    func aBudgetThatPaysForTheLongCodeIsOpen(units: Int64) throws {
        var record = try record(units)
        let until = record.closedUntil(from: nil, rules: rules, now: now)
        #expect(until == nil)
        let locked = record.lockedUntil(.world, rules: rules, now: now)
        #expect(locked == nil)
        let isUsedUp = record.hasUsedUpBudget(.world, rules: rules, now: now)
        #expect(!isUsedUp)
        let verdict = try record.judge(Sample.code, at: now)
        #expect(verdict.isAccepted)
    }

    @Test func anEmptyOneIsClosedUntilItPaysForTheLongCode() throws {
        var record = try record(0)
        // A unit takes a sixtieth of a day.
        let until = now + 86_400 / 60
        let closed = record.closedUntil(from: nil, rules: rules, now: now)
        #expect(closed == until)
        let locked = record.lockedUntil(.world, rules: rules, now: now)
        #expect(locked == until)
        let verdict = try record.judge(Sample.code, at: now)
        #expect(verdict == .refused(.locked(until: until)))
    }

    /// The later of the two counts, since both must be over.
    @Test func closedAndEmpty() throws {
        var record = try record(0)
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: now, duration: 900))
        let asEmpty = record.closedUntil(from: nil, rules: rules, now: now)
        #expect(asEmpty == now + 1_440)
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: now, duration: 3_600))
        let asClosed = record.closedUntil(from: nil, rules: rules, now: now)
        #expect(asClosed == now + 3_600)
    }

    /// A known source that its failures have closed leaves half of the budget to the others, and is told so.
    @Test func aSourceThatMayOnlyTakeItsHalf() throws {
        var record = try record(0)
        for source in [former, home] { record.throttle.succeed(from: source, at: now) }
        record.throttle.known.budget.spend(5_000)
        record.throttle[purse: record.throttle.place(of: former, at: now)] = Purse(failures: 5)
        let closedAtHome = record.closedUntil(from: home, rules: rules, now: now)
        #expect(closedAtHome == nil)
        let closed = record.closedUntil(from: former, rules: rules, now: now)
        let until = try #require(closed)
        let verdict = try record.judge(Sample.code, from: former, at: now)
        #expect(verdict == .refused(.locked(until: until)))
        let locked = record.lockedUntil(.known, rules: rules, now: now)
        #expect(locked == until)
        let verdictAtHome = try record.judge(Sample.code, from: home, at: now)
        #expect(verdictAtHome.isAccepted)
    }
}
