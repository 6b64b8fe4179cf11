import Testing

@testable import TwostepCore

/// A floor that a wrong clock put ahead comes back to the present, and never so far that a spent code counts again.
struct FloorAheadTests {
    private let now = Sample.now
    private var step: Int64 { now / 30 }

    private func record(floor: Int64, period: Int = 30) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        try record.addToken(kind: .totp, period: period, floor: floor, key: Sample.key)
        return record
    }

    /// The widest that a right clock can spend: ten steps of drift, and a window of ten, or a pair's four.
    @Test(arguments: [0, 1, 4, 10], [-10, 0, 10] as [Int8])
    func whatARightClockSpendsStays(window: Int, drift: Int8) throws {
        var rules = VerificationRules()
        rules.window = window
        var record = try record(floor: 0)
        record.resynchronise(0, drift: Int64(drift))
        record.becomeCautious(rules: rules, now: now)
        let spent = record.tokens[0].floor
        // Whoever changes the settings afterwards revives nothing either.
        record.resynchronise(0, drift: -10)
        #expect(record.tokensAhead(now: now).isEmpty)
        record.lowerFloors(now: now)
        #expect(record.tokens[0].floor == spent)
    }

    @Test func oneFromAClockThatWasAheadComesBack() throws {
        let phone = Authenticator(key: Sample.key)
        var record = try record(floor: 0)
        let later = now + 86_400
        let early = try record.judge(try phone.code(later / 30), at: later)
        #expect(early.isAccepted)
        #expect(record.tokens[0].floor == later / 30 + 1)
        let before = try record.judge(try phone.code(step), at: now)
        #expect(!before.isAccepted)
        #expect(record.tokensAhead(now: now) == [0])
        record.lowerFloors(now: now)
        #expect(record.tokensAhead(now: now).isEmpty)
        // Nothing that anybody can have seen by now, at the ends of the widest window and drift.
        for seen in [step - 1, step, step + 1, step + 20] {
            let verdict = try record.judge(try phone.code(seen), at: seen * 30)
            #expect(!verdict.isAccepted)
        }
        let fresh = try record.judge(try phone.code(step + 21), at: (step + 21) * 30)
        #expect(fresh.isAccepted)
    }

    @Test func onlyTimedTokensAndOnlyThoseAhead() throws {
        var record = try record(floor: step + 21)
        try record.addToken(kind: .hotp, floor: 1_000_000_000, key: Sample.key)
        try record.addToken(kind: .totp, period: 60, floor: step, key: Sample.key)
        #expect(record.tokensAhead(now: now) == [2])
        record.lowerFloors(now: now)
        #expect(record.tokens.map(\.floor) == [step + 21, 1_000_000_000, now / 60 + 21])
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func anyClock(now: Int64) throws {
        var record = try record(floor: Token.counterLimit)
        record.lowerFloors(now: now)
        #expect((0...Token.counterLimit).contains(record.tokens[0].floor))
    }
}
