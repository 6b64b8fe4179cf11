import Testing

@testable import TwostepCore

/// Failures in a row: what they close, for how long, and for whom.
struct PurseTests {
    private let home = Source(.address, 0xC000_0207)
    private let office = Source(.network, 7)
    private let cafe = Source(.address, 0xC633_6401)
    private let wrong = "12345678"

    /// A record that has been used from home and from the office.
    private func record() throws -> Record {
        var record = try Sample.record()
        record.throttle.succeed(from: home, at: Sample.now)
        record.throttle.succeed(from: office, at: Sample.now)
        return record
    }

    private func fail(_ record: inout Record, from source: Source?, times: Int = 5) throws {
        for _ in 0..<times {
            let verdict = try record.judge(wrong, from: source)
            #expect(verdict == .refused(.wrongCode))
        }
    }

    @Test func whatTheWorldDoesClosesNothingForTheOwner() throws {
        var record = try record()
        try fail(&record, from: cafe)
        for stranger in [cafe, nil, Source(.uid, 1000), Source(.console, 0)] {
            let refused = try record.judge(Sample.code, from: stranger)
            #expect(refused == .refused(.locked(until: Sample.now + 900)))
        }
        let verdict = try record.judge(Sample.code, from: home)
        #expect(verdict.isAccepted)
        // The owner's success gives nobody else another guess.
        let refused = try record.judge(wrong, from: cafe)
        #expect(refused == .refused(.locked(until: Sample.now + 900)))
    }

    @Test func aKnownSourceClosesForItselfAlone() throws {
        var record = try record()
        try fail(&record, from: home)
        let closed = try record.judge(Sample.code, from: home)
        #expect(closed == .refused(.locked(until: Sample.now + 900)))
        let elsewhere = try record.judge(Sample.code, from: office)
        #expect(elsewhere.isAccepted)
        let world = try record.judge(Sample.nextCode, from: cafe)
        #expect(world.isAccepted)
        let stillClosed = try record.judge(wrong, from: home)
        #expect(stillClosed == .refused(.locked(until: Sample.now + 900)))
    }

    @Test func aSuccessSetsTheCountBack() throws {
        var record = try record()
        try fail(&record, from: home, times: 4)
        let verdict = try record.judge(Sample.code, from: home)
        #expect(verdict.isAccepted)
        try fail(&record, from: home, times: 4)
        let next = try record.judge(Sample.nextCode, from: home)
        #expect(next.isAccepted)
    }

    @Test func whileClosedNothingIsLookedAtNorCharged() throws {
        var record = try record()
        try fail(&record, from: cafe)
        let level = record.throttle.world.budget.level
        for answer in [wrong, Sample.code] {
            for _ in 0..<20 { _ = try record.judge(answer, from: cafe) }
        }
        let (after, failures) = (record.throttle.world.budget.level, record.throttle.worldPurse.failures)
        #expect(after == level && failures == 5)
        let open = try record.judge("89005924", from: cafe, at: 1_234_567_890)
        #expect(open.isAccepted)
    }

    @Test func denyAndUnlockTimeAreTheConfigurations() throws {
        var rules = VerificationRules()
        (rules.deny, rules.unlockTime) = (2, 86_400)
        var record = try record()
        for _ in 0..<2 { _ = try record.judge(wrong, from: home, rules: rules) }
        let closed = try record.judge(wrong, from: home, rules: rules)
        #expect(closed == .refused(.locked(until: Sample.now + 86_400)))
        // A day is the longest, however often it is doubled.
        for _ in 0..<2 { _ = try record.judge(wrong, from: home, at: Sample.now + 86_400, rules: rules) }
        let again = try record.judge(wrong, from: home, at: Sample.now + 86_400, rules: rules)
        #expect(again == .refused(.locked(until: Sample.now + 2 * 86_400)))
    }

    @Test func noNumberOfFailuresIsTooMany() {
        var rules = VerificationRules()
        for (deny, unlockTime) in [(1, 86_400), (100, 1), (0, 900), (-3, -9), (.max, .max)] {
            (rules.deny, rules.unlockTime) = (deny, min(max(unlockTime, 0), 86_400))
            for failures in [0, 1, 99, 1 << 31, .max - 1, .max] as [UInt32] {
                var purse = Purse(failures: failures)
                purse.charge(now: Sample.now, rules: rules)
                #expect(purse.failures == (failures == .max ? .max : failures + 1))
                #expect(purse.closure.duration <= 86_400)
            }
        }
    }
}
