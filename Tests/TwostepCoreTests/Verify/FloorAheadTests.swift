import Testing

@testable import TwostepCore

/// A floor that a wrong clock put ahead is told from one that a right clock can have brought about.
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
    func whatARightClockSpendsIsNotAhead(window: Int, drift: Int8) throws {
        var rules = VerificationRules()
        rules.window = window
        var record = try record(floor: 0)
        record.resynchronise(0, drift: Int64(drift))
        record.becomeCautious(rules: rules, now: now)
        // Whoever changes the settings afterwards changes nothing about it.
        record.resynchronise(0, drift: -10)
        #expect(record.tokensAhead(now: now).isEmpty)
    }

    @Test func oneFromAClockThatWasAheadIsTold() throws {
        let phone = Authenticator(key: Sample.key)
        var record = try record(floor: 0)
        let later = now + 86_400
        let code = try phone.code(later / 30)
        let early = try record.judge(code, at: later)
        #expect(early.isAccepted)
        #expect(record.tokensAhead(now: now) == [0] && record.tokensAhead(now: later) == [])
        let before = try record.judge(try phone.code(step), at: now)
        let again = try record.judge(code, at: later)
        #expect(!before.isAccepted && !again.isAccepted)
    }

    @Test func onlyTimedTokensAndOnlyThoseAhead() throws {
        var record = try record(floor: step + 21)
        try record.addToken(kind: .hotp, floor: 1_000_000_000, key: Sample.key)
        try record.addToken(kind: .totp, period: 60, floor: step, key: Sample.key)
        try record.addToken(kind: .totp, floor: step + 22, key: Sample.key)
        #expect(record.tokensAhead(now: now) == [2, 3])
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func anyClock(now: Int64) throws {
        let record = try record(floor: Token.counterLimit)
        #expect(record.tokensAhead(now: now).count == (now == .max ? 0 : 1))
    }
}
