import Testing

@testable import TwostepCore

/// Which sources are known, for how long, and whose failures a success forgives.
struct KnownSourcesTests {
    private let now: Int64 = 1_700_000_000
    private let day: Int64 = 86_400

    private func home(_ number: UInt64) -> Source { Source(.address, number) }

    private func failed(_ count: UInt32) -> Purse { Purse(failures: count) }

    @Test func aSourceIsKnownFromItsSuccessOn() {
        var throttle = Throttle(now: now)
        #expect(throttle.place(of: home(1), at: now) == .world)
        throttle.succeed(from: home(1), at: now)
        #expect(throttle.place(of: home(1), at: now) == .known(0))
        #expect(throttle.place(of: home(2), at: now) == .world)
        #expect(throttle.place(of: Source(.network, 1), at: now) == .world)
        #expect(throttle.place(of: nil, at: now) == .world)
    }

    @Test func itIsForgottenAfterNinetyDays() {
        var throttle = Throttle(now: now)
        throttle.succeed(from: home(1), at: now)
        #expect(throttle.place(of: home(1), at: now + 90 * day) == .known(0))
        #expect(throttle.place(of: home(1), at: now + 90 * day + 1) == .world)
        // A clock that was set back makes nobody a stranger.
        #expect(throttle.place(of: home(1), at: now - 1000 * day) == .known(0))
        throttle.succeed(from: home(1), at: now + 89 * day)
        #expect(throttle.place(of: home(1), at: now + 178 * day) == .known(0))
    }

    @Test func ofMoreThanEightTheLatestStay() {
        var throttle = Throttle(now: now)
        for number in 1...8 as ClosedRange<UInt64> { throttle.succeed(from: home(number), at: now + Int64(number)) }
        // The first comes again, so that the second is the one that goes.
        throttle.succeed(from: home(1), at: now + 9)
        throttle.succeed(from: home(9), at: now + 10)
        #expect(throttle.sources.map(\.source.number) == [9, 1, 8, 7, 6, 5, 4, 3])
        #expect(throttle.place(of: home(2), at: now + 10) == .world)
        #expect(throttle.place(of: home(3), at: now + 10) == .known(7))
    }

    @Test func aSuccessForgivesItsOwnSourceAlone() {
        var throttle = Throttle(now: now)
        for number in 1...3 as ClosedRange<UInt64> { throttle.succeed(from: home(number), at: now) }
        throttle.worldPurse = failed(9)
        for index in 0..<3 { throttle[purse: .known(index)] = failed(UInt32(index) + 1) }
        throttle.succeed(from: home(2), at: now + 1)
        let purses = throttle.sources.map { ($0.source.number, $0.purse.failures) }
        #expect(purses.map(\.0) == [2, 3, 1] && purses.map(\.1) == [0, 1, 3])
        #expect(throttle.worldPurse == failed(9))
    }

    @Test func aSuccessFromTheWorldForgivesTheWorld() {
        var throttle = Throttle(now: now)
        throttle.succeed(from: home(1), at: now)
        throttle[purse: .known(0)] = failed(4)
        throttle.worldPurse = failed(9)
        throttle.succeed(from: home(2), at: now + 1)
        #expect(throttle.worldPurse == Purse())
        #expect(throttle[purse: .known(1)] == failed(4))
        throttle.worldPurse = failed(9)
        // Nobody can tell where: the world is forgiven, and nothing is known that was not.
        throttle.succeed(from: nil, at: now + 2)
        #expect(throttle.worldPurse == Purse() && throttle.sources.count == 2)
    }

    @Test func aForgottenSourceSucceedsFromTheWorld() {
        var throttle = Throttle(now: now)
        throttle.succeed(from: home(1), at: now)
        throttle[purse: .known(0)] = failed(3)
        throttle.worldPurse = failed(9)
        throttle.succeed(from: home(1), at: now + 91 * day)
        #expect(throttle.worldPurse == Purse() && throttle.sources.count == 1)
        #expect(throttle.sources[0].purse == Purse() && throttle.sources[0].lastSuccess == now + 91 * day)
    }

    @Test func noSuccessFillsABudget() {
        var throttle = Throttle(now: now)
        throttle.world.budget.spend(6_000)
        throttle.known.budget.spend(9_000)
        throttle.succeed(from: home(1), at: now)
        throttle.succeed(from: nil, at: now)
        #expect(!throttle.world.budget.affords(1) && !throttle.known.budget.affords(1))
    }

    @Test func aClosedKnownSourceLeavesHalfTheBudgetToTheOthers() {
        let rules = VerificationRules()
        var throttle = Throttle(now: now)
        throttle.succeed(from: home(1), at: now)
        throttle[purse: .known(0)] = failed(5)
        throttle.worldPurse = failed(5)
        // Alone it has all there is, and so has the world, which is one.
        #expect(throttle.allowance(of: .known(0), rules: rules).affords(9_000))
        throttle.succeed(from: home(2), at: now)
        #expect(throttle.allowance(of: .world, rules: rules).affords(6_000))
        #expect(throttle.allowance(of: .known(0), rules: rules).affords(9_000))
        let left = throttle.allowance(of: .known(1), rules: rules)
        #expect(left.affords(4_500) && !left.affords(4_501))
        throttle.known.budget.spend(4_500)
        #expect(!throttle.allowance(of: .known(1), rules: rules).affords(1))
        #expect(throttle.allowance(of: .known(0), rules: rules).affords(4_500))
        // As soon as its failures are forgiven, or were not enough to close it, it is like the others.
        throttle[purse: .known(1)] = failed(4)
        #expect(throttle.allowance(of: .known(1), rules: rules).affords(4_500))
    }

    @Test func unlockOpensEverythingAndLeavesAFewGuesses() {
        var throttle = Throttle(now: now)
        throttle.succeed(from: home(1), at: now)
        let closed = Purse(failures: 50, closure: Pause(since: now, duration: day))
        throttle.worldPurse = closed
        throttle[purse: .known(0)] = closed
        for place in [Throttle.Place.world, .known(0)] {
            throttle[share: place].pairs = Pause(since: now, duration: 70)
            throttle[share: place].backupCodes = Pause(since: now, duration: 20)
        }
        throttle.world.budget.spend(6_000)
        throttle.unlock(at: now)
        #expect(throttle.failures == 0 && throttle.worldPurse == Purse() && throttle[purse: .known(0)] == Purse())
        #expect(throttle.world.budget.affords(1_500) && !throttle.world.budget.affords(1_501))
        // What was more stays what it was.
        #expect(throttle.known.budget.affords(9_000))
        #expect(throttle.sources.map(\.source) == [home(1)])
        for share in [throttle.world, throttle.known] {
            #expect(share.pairs == Pause() && share.backupCodes == Pause())
        }
    }

    /// What `status` says and what a login does are one rule.
    @Test func aRecordIsLockedUntilTheLastThatOpens() throws {
        var record = try Sample.record()
        let rules = VerificationRules()
        record.throttle = Throttle(now: now)
        record.throttle.succeed(from: home(1), at: now)
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: now, duration: 900))
        record.throttle[purse: .known(0)] = Purse(failures: 10, closure: Pause(since: now, duration: 1_800))
        var until = (
            record.lockedUntil(.world, rules: rules, now: now), record.lockedUntil(.known, rules: rules, now: now)
        )
        #expect(until.0 == now + 900 && until.1 == now + 1_800)
        let failures = record.throttle.failures
        #expect(failures == 10)
        record.throttle.world.budget.spend(6_000)
        until.0 = record.lockedUntil(.world, rules: rules, now: now)
        // One code of eight digits is one unit, and 60 of them come in a day: 24 minutes.
        #expect(until.0 == now + 1_440)
        let refused = try record.judge("12345678", at: now + 900)
        #expect(refused == .refused(.locked(until: now + 1_440)))
    }
}
