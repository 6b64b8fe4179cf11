import Crypto
import Testing

@testable import TwostepCore

/// Two consecutive codes typed together: how far they are looked for, and that both are spent.
struct PairTests {
    private static let step: Int64 = 56_666_667
    private let now = step * 30
    private static let key = Array("12345678901234567890".utf8)

    private func totp(digits: Int = 6) throws -> Record { try Sample.record(digits: digits, key: Self.key) }

    private func hotp(floor: Int64) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        try record.addToken(kind: .hotp, floor: floor, key: Self.key)
        return record
    }

    /// Law 1: of two tokens that show the same codes (HMAC pads a short key with zeros), both are spent at once.
    @Test func twoTokensWithTheSameCodesAreBothSpent() throws {
        let app = Authenticator(key: Self.key)
        for answer in [try app.pair(Self.step), try app.code(Self.step)] {
            var record = try Sample.record(digits: 6, key: Self.key)
            try record.addToken(kind: .totp, key: Self.key + [0])
            let (first, second) = (try record.judge(answer, at: now), try record.judge(answer, at: now))
            #expect(first.isAccepted && second == .refused(.alreadyUsed))
        }
    }

    /// Of a code that is spent and one that is not, the second may be guessed by whoever has seen the first: that it is right
    /// is neither told nor free.
    @Test func halfASpentPairIsAWrongOne() throws {
        let app = Authenticator(key: Self.key)
        let spent = try app.code(Self.step)
        for second in [try app.code(Self.step + 1), try app.wrong(Self.step)] {
            var record = try totp()
            let first = try record.judge(spent, at: now)
            let half = try record.judge(spent + second, at: now)
            let next = try record.judge(spent + second, at: now)
            #expect(first.isAccepted && half == .refused(.wrongCode))
            guard case .refused(.tooSoon) = next else {
                Issue.record("\(next)")
                continue
            }
        }
    }

    @Test(arguments: 6...8) func fourStepsEitherSideAreLookedAt(digits: Int) throws {
        let app = Authenticator(key: Self.key, digits: digits)
        let codes = try app.codes(from: Self.step - 8, count: 17)
        var found: [Int64] = []
        for index in 1..<17 {
            var record = try totp(digits: digits)
            for answer in [codes[index - 1] + codes[index], codes[index - 1] + " " + codes[index]] {
                var copy = try record.copy()
                let verdict = try copy.judge(answer, at: now)
                if answer.contains(" "), verdict.isAccepted { found.append(Int64(index) - 8) }
                #expect(verdict.isAccepted || verdict == .refused(.wrongCode))
            }
            // The later one is what is spent.
            if try record.judge(codes[index - 1] + codes[index], at: now).isAccepted {
                let floor = record.tokens[0].floor
                #expect(floor == Self.step - 8 + Int64(index) + 1)
            }
        }
        #expect(found == Array(-3...4))
    }

    @Test func aWiderWindowHoldsForPairsToo() throws {
        let codes = try Authenticator(key: Self.key).codes(from: Self.step - 12, count: 25)
        var rules = VerificationRules()
        rules.window = 10
        var found: [Int64] = []
        for index in 1..<25 {
            var record = try totp()
            let verdict = try record.judge(codes[index - 1] + codes[index], at: now, rules: rules)
            if verdict.isAccepted { found.append(Int64(index) - 12) }
        }
        #expect(found == Array(-9...10))
    }

    @Test func aCounterIsFollowedTwentyValuesAhead() throws {
        let codes = try Authenticator(key: Self.key).codes(from: 95, count: 30)
        var found: [Int64] = []
        var used: [Int64] = []
        for index in 1..<30 {
            var record = try hotp(floor: 100)
            let verdict = try record.judge(codes[index - 1] + codes[index], at: now)
            if verdict.isAccepted { found.append(Int64(index) + 95) }
            if verdict == .refused(.alreadyUsed) { used.append(Int64(index) + 95) }
            let floor = record.tokens[0].floor
            #expect(floor == (verdict.isAccepted ? Int64(index) + 96 : 100))
        }
        // Both of the twenty values 100 to 119; two earlier ones are looked at so that a used pair can be told.
        #expect(found == Array(101...119))
        #expect(used == [99])
    }

    @Test(arguments: [Token.Kind.totp, .hotp]) func bothAreSpentAfterwards(kind: Token.Kind) throws {
        let first = kind == .totp ? Self.step - 1 : 7
        let codes = try Authenticator(key: Self.key).codes(from: first, count: 3)
        var record = Record(state: .active, confirmed: false, created: 1, changed: 1)
        try record.addToken(kind: kind, key: Self.key)
        let verdict = try record.judge(codes[0] + codes[1], at: now)
        let method: Acceptance.Method = kind == .totp ? .totp : .hotp
        #expect(
            verdict
                == .accepted(Acceptance(method: method, isPair: true, token: Array("app".utf8), backupCodesLeft: 0)))
        let (confirmed, used) = (record.confirmed, record.tokens[0].lastUsed)
        #expect(confirmed && used == now)
        for answer in [codes[1], codes[0] + codes[1]] {
            let again = try record.judge(answer, at: now)
            #expect(again == .refused(.alreadyUsed), "\(answer)")
        }
        // A counter's used values are told from wrong ones only where they are the last.
        let earlier = try record.judge(codes[0], at: now)
        #expect(earlier == .refused(kind == .totp ? .alreadyUsed : .wrongCode))
        let next = try record.judge(codes[2], at: now)
        #expect(next.isAccepted)
    }

    /// The earlier one was spent before; with the later one that is so too, and nobody has guessed.
    @Test func aPairThatEndsInAUsedCodeIsUsed() throws {
        let codes = try Authenticator(key: Self.key).codes(from: Self.step - 1, count: 2)
        var record = try totp()
        let verdict = try record.judge(codes[1], at: now)
        #expect(verdict.isAccepted)
        for _ in 0..<3 {
            let used = try record.judge(codes[0] + codes[1], at: now)
            #expect(used == .refused(.alreadyUsed))
        }
        let pause = record.throttle.world.pairs
        #expect(pause == Pause())
    }

    @Test func onlyConsecutiveCodesOfOneTokenInTheirOrderCount() throws {
        let app = Authenticator(key: Self.key)
        let other = Authenticator(key: Array("another secret of 26 bytes".utf8))
        let mine = try app.codes(from: Self.step - 1, count: 4)
        let theirs = try other.codes(from: Self.step - 1, count: 4)
        let wrong = [
            mine[1] + mine[0], mine[1] + mine[1], mine[0] + mine[2], mine[0] + theirs[1], theirs[0] + mine[1],
            mine[0] + String(mine[1].reversed()),
        ]
        for answer in wrong {
            var record = try totp()
            try record.addToken(kind: .totp, key: other.key)
            let verdict = try record.judge(answer, at: now)
            #expect(verdict == .refused(.wrongCode), "\(answer)")
        }
        for (answer, label) in [(mine[0] + mine[1], "app"), (theirs[0] + theirs[1], "app2")] {
            var record = try totp()
            try record.addToken(kind: .totp, key: other.key)
            let verdict = try record.judge(answer, at: now)
            #expect(
                verdict
                    == .accepted(
                        Acceptance(method: .totp, isPair: true, token: Array(label.utf8), backupCodesLeft: 0)))
        }
    }

    /// Codes of eight digits are no pair for a token of six, though a token of six might have shown such digits.
    @Test func aPairOfAnotherLengthIsWrong() throws {
        let codes = try Authenticator(key: Self.key, digits: 8).codes(from: Self.step, count: 2)
        var record = try totp(digits: 6)
        let verdict = try record.judge(codes[0] + codes[1], at: now)
        #expect(verdict == .refused(.wrongCode))
    }

    @Test func aPairResynchronisesAClock() throws {
        let app = Authenticator(key: Self.key)
        for (later, drift) in [(4, 4), (3, 3), (-3, -3), (2, 2), (1, 0), (0, 0), (-1, 0)] as [(Int64, Int8)] {
            var record = try totp()
            let verdict = try record.judge(app.pair(Self.step + later), at: now)
            #expect(verdict.isAccepted)
            let found = record.tokens[0].drift
            #expect(found == drift, "\(later)")
            // From now on single codes of that clock count.
            let hour = try record.judge(app.code(Self.step + 120 + later), at: now + 3_600)
            #expect(hour.isAccepted == (abs(later - Int64(drift)) <= 1), "\(later)")
        }
    }

    @Test func noPairMovesAClockBeyondTenSteps() throws {
        let app = Authenticator(key: Self.key)
        for side in [1, -1] as [Int64] {
            var record = try totp()
            var time = now
            for round in 1...6 as ClosedRange<Int64> {
                // As far off as it is looked for, each time.
                let drift = Int64(record.tokens[0].drift)
                let moment = time / 30 + drift + (side > 0 ? 4 : -3)
                let verdict = try record.judge(app.pair(moment), at: time)
                #expect(verdict.isAccepted)
                let found = Int64(record.tokens[0].drift)
                #expect(found == (side > 0 ? min(4 * round, 10) : max(-3 * round, -10)))
                time += 3_600
            }
        }
    }
}
