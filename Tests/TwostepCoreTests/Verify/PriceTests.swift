import Crypto
import Testing

@testable import TwostepCore

/// What a wrong code costs: as many units of a hundred-millionth as it had chances; and what is left where that is more
/// than there is.
struct PriceTests {
    private static let step: Int64 = 56_666_667
    private let now = step * 30
    private let app = Authenticator(key: Array("12345678901234567890".utf8))
    private let other = Authenticator(key: Array("another secret of 26 bytes".utf8))

    private func record(_ tokens: (Token.Kind, Int)...) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        for (index, (kind, digits)) in tokens.enumerated() {
            // Keys that share no code nearby with the wrong codes below.
            try record.addToken(kind: kind, digits: digits, key: app.key + [UInt8(index)])
        }
        return record
    }

    /// The units that judging `answer` takes from the world's budget.
    private func price(_ answer: String, _ record: inout Record, window: Int = 1) throws -> Int64 {
        record.throttle = Throttle(now: now)
        var rules = VerificationRules()
        rules.window = window
        let before = record.throttle.world.budget.level
        let verdict = try record.judge(answer, at: now, rules: rules)
        let (after, known) = (record.throttle.world.budget.level, record.throttle.known.budget)
        #expect(known == Budget(.known, at: now))
        let charged = verdict == .refused(.wrongCode)
        let failures = record.throttle.failures
        #expect(failures == (charged ? 1 : 0))
        return (before - after) / 86_400
    }

    @Test(
        arguments: [
            ([(Token.Kind.totp, 6)], 1, 300), ([(.totp, 6)], 0, 100), ([(.totp, 6)], 3, 700), ([(.totp, 6)], 10, 2_100),
            ([(.totp, 7)], 1, 0), ([(.totp, 8)], 1, 0), ([(.hotp, 6)], 1, 1_000), ([(.hotp, 6)], 10, 1_000),
            ([(.totp, 6), (.hotp, 6)], 1, 1_300), ([(.totp, 6), (.totp, 6), (.totp, 6)], 1, 900),
            ([(.totp, 6), (.totp, 7), (.hotp, 8)], 1, 300),
        ] as [([(Token.Kind, Int)], Int, Int64)])
    func aSixDigitCodeCostsWhatItCouldHaveMatched(tokens: [(Token.Kind, Int)], window: Int, units: Int64) throws {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        for (index, (kind, digits)) in tokens.enumerated() {
            try record.addToken(kind: kind, digits: digits, key: app.key + [UInt8(index)])
        }
        #expect(try price("271828", &record, window: window) == units)
    }

    @Test func longerCodesAreCheaper() throws {
        var seven = try record((.totp, 7))
        #expect(try price("2718281", &seven) == 30)
        var eight = try record((.totp, 8))
        #expect(try price("27182818", &eight) == 3)
        var mixed = try record((.totp, 6), (.hotp, 7), (.totp, 8))
        #expect(try price("2718281", &mixed) == 100)
    }

    @Test func whatIsSpentIsNotPaidFor() throws {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        try record.addToken(kind: .totp, key: app.key)
        let codes = try app.codes(from: Self.step - 1, count: 3)
        let wrong = try app.wrong(Self.step)
        #expect(try price(wrong, &record) == 300)
        #expect(try price(codes[0], &record) == 0)
        #expect(try price(wrong, &record) == 200)
        #expect(try price(codes[1], &record) == 0)
        #expect(try price(wrong, &record) == 100)
        #expect(try price(codes[2], &record) == 0)
        #expect(try price(wrong, &record) == 0)
        // Used ones and answers that are none: nothing of it is a guess.
        for answer in [codes[0], codes[1], codes[2], "", "27182", "no code at all"] {
            #expect(try price(answer, &record) == 0)
        }
    }

    @Test func aWrongPairOrBackupCodeCostsNoBudget() throws {
        var record = try Sample.record(digits: 6, backupCodes: [Sample.backupCode])
        for answer in ["271828271828", "AAAA-BBBB"] {
            let before = record.throttle.world.budget.level
            let verdict = try record.judge(answer)
            #expect(verdict == .refused(.wrongCode))
            let (after, failures) = (record.throttle.world.budget.level, record.throttle.failures)
            #expect(after == before && failures == 0)
        }
    }

    /// What happens to the code of each moment when the budget holds so much.
    private func accepted(
        _ kind: Token.Kind, units: Int64, moments: ClosedRange<Int64>, drift: Int64 = 0, known: Bool = false
    ) throws -> [Int64] {
        let codes = try app.codes(from: moments.lowerBound, count: moments.count)
        var found: [Int64] = []
        for (moment, code) in zip(moments, codes) {
            var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
            try record.addToken(kind: kind, key: app.key)
            record.resynchronise(0, drift: drift)
            let source = Source(.uid, 1)
            record.throttle = Throttle(now: now)
            if known { record.throttle.succeed(from: source, at: now) }
            record.throttle[share: known ? .known(0) : .world].budget.spend((known ? 9_000 : 6_000) - units)
            let verdict = try record.judge(code, from: source, at: now)
            if verdict.isAccepted {
                found.append(moment - (kind == .totp ? Self.step : 0))
            } else if units < 100 {
                #expect(verdict == .refused(.locked(until: now + Self.wait(100 - units, perDay: known ? 145 : 60))))
            } else {
                #expect(verdict == .refused(.wrongCode))
            }
        }
        return found
    }

    private static func wait(_ units: Int64, perDay: Int64) -> Int64 { (units * 86_400 + perDay - 1) / perDay }

    @Test(arguments: [false, true]) func aBudgetThatRunsLowPaysForTheNearestCodes(known: Bool) throws {
        let around = (Self.step - 2)...(Self.step + 2)
        // Of what there is, a sixth goes at one stroke; the expected code and the likeliest beside it as long as they can be
        // paid at all: at the beginning of a step that is the earlier one.
        #expect(try accepted(.totp, units: 1_800, moments: around, known: known) == [-1, 0, 1])
        #expect(try accepted(.totp, units: 1_799, moments: around, known: known) == [-1, 0])
        #expect(try accepted(.totp, units: 200, moments: around, known: known) == [-1, 0])
        #expect(try accepted(.totp, units: 199, moments: around, known: known) == [0])
        #expect(try accepted(.totp, units: 99, moments: around, known: known) == [])
        #expect(try accepted(.totp, units: 0, moments: around, known: known) == [])
        // The nearest is where the authenticator's clock is.
        #expect(try accepted(.totp, units: 199, moments: around, drift: 2, known: known) == [2])
        let counters: ClosedRange<Int64> = 0...11
        #expect(try accepted(.hotp, units: 6_000, moments: counters, known: known) == Array(0...9))
        #expect(try accepted(.hotp, units: 2_400, moments: counters, known: known) == Array(0...3))
        #expect(try accepted(.hotp, units: 1_799, moments: counters, known: known) == Array(0...1))
        #expect(try accepted(.hotp, units: 199, moments: counters, known: known) == [0])
        #expect(try accepted(.hotp, units: 99, moments: counters, known: known) == [])
    }

    /// The step before for two thirds of a step, since people read and then type; after that the one to come.
    @Test func whichStepIsLikeliestFollowsFromTheTime() throws {
        let codes = try app.codes(from: Self.step - 1, count: 3)
        for second in 0..<30 as Range<Int64> {
            var found: [Int] = []
            for index in 0..<3 {
                var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
                try record.addToken(kind: .totp, key: app.key)
                record.throttle = Throttle(now: now + second)
                record.throttle.world.budget.spend(6_000 - 250)
                if try record.judge(codes[index], at: now + second).isAccepted { found.append(index - 1) }
            }
            #expect(found == (second <= 20 ? [-1, 0] : [0, 1]), "\(second)")
        }
    }

    /// Two tokens share what there is: a radius around each.
    @Test func severalTokensShareTheRadius() throws {
        for (units, totp, hotp) in [
            (6_000, Array(-1...1), 9), (3_600, Array(-1...1), 2), (3_599, [-1, 0], 1), (400, [-1, 0], 1), (399, [0], 0),
        ] as [(Int64, [Int64], Int64)] {
            var found = [[Int64]](repeating: [], count: 2)
            let steps = try app.codes(from: Self.step - 2, count: 5)
            let counters = try other.codes(from: 0, count: 11)
            for (index, code) in (steps + counters).enumerated() {
                var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
                try record.addToken(kind: .totp, key: app.key)
                try record.addToken(kind: .hotp, key: other.key)
                record.throttle = Throttle(now: now)
                record.throttle.world.budget.spend(6_000 - units)
                guard try record.judge(code, at: now).isAccepted else { continue }
                if index < 5 { found[0].append(Int64(index) - 2) } else { found[1].append(Int64(index) - 5) }
            }
            #expect(found == [totp, Array(0...hotp)], "\(units)")
        }
    }

    /// What a wrong code costs is what is taken away, also from a budget that pays for some codes only.
    @Test func aLowBudgetPaysForWhatItLookedAt() throws {
        for (units, left) in [(1_800, 1_500), (350, 150), (150, 50), (99, 99)] as [(Int64, Int64)] {
            var record = try Sample.record(digits: 6)
            record.throttle = Throttle(now: now)
            record.throttle.world.budget.spend(6_000 - units)
            _ = try record.judge(app.wrong(Self.step), at: now)
            let level = record.throttle.world.budget.level
            #expect(level == left * 86_400)
        }
    }
}
