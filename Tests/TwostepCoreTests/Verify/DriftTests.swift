import Crypto
import Testing

@testable import TwostepCore

/// An authenticator whose clock drifts is followed: one step at a time, and only where two codes in a row say so.
struct DriftTests {
    private static let key = Array("12345678901234567890".utf8)
    private static let step: Int64 = 56_666_667
    private let app = Authenticator(key: key)

    private struct Following: Equatable {
        let drift: Int8
        let lean: Int8
    }

    /// Types one code an hour, each so many steps from where it is expected, and says what was made of it.
    private func type(_ offsets: [Int64], window: Int = 1, into record: inout Record) throws -> [Following] {
        var rules = VerificationRules()
        rules.window = window
        var found: [Following] = []
        for (hour, offset) in offsets.enumerated() {
            let step = Self.step + Int64(hour) * 120
            let code = try app.code(step + Int64(record.tokens[0].drift) + offset)
            // An earlier step at the end of the present one, a later one at its beginning: no slow typing explains it.
            let verdict = try record.judge(code, at: step * 30 + (offset < 0 ? 29 : 0), rules: rules)
            #expect(verdict.isAccepted == (offset.magnitude <= window))
            record.throttle = Throttle(now: 0)
            found.append(Following(drift: record.tokens[0].drift, lean: record.tokens[0].lean))
        }
        return found
    }

    private func record() throws -> Record { try Sample.record(digits: 6, key: Self.key) }

    @Test func twoCodesInARowToOneSideMoveItByOne() throws {
        var record = try record()
        let found = try type([1, 1, 1, 1, -1, -1], into: &record)
        #expect(found.map(\.drift) == [0, 1, 1, 2, 2, 1])
        #expect(found.map(\.lean) == [1, 0, 1, 0, -1, 0])
    }

    @Test(arguments: [[1, 0, 1, 0, 1], [1, -1, 1, -1, 1], [0, 0, 0], [-1, 0, -1]] as [[Int64]])
    func whoeverIsSlowNowAndThenMovesNothing(offsets: [Int64]) throws {
        var record = try record()
        #expect(try type(offsets, into: &record).allSatisfy { $0.drift == 0 })
    }

    @Test func aWideWindowMovesItByOneTooAndWrongCodesByNothing() throws {
        var record = try record()
        let found = try type([3, 7, 4, -9, 2, 3], window: 3, into: &record)
        // The third and the fourth are outside of the window: refused, and nothing is leant on them.
        #expect(found.map(\.drift) == [0, 0, 0, 0, 1, 1])
        #expect(found.map(\.lean) == [1, 1, 1, 1, 0, 1])
    }

    @Test(arguments: [1, -1] as [Int64]) func noClockIsFollowedBeyondTenSteps(side: Int64) throws {
        var record = try record()
        let found = try type([Int64](repeating: side, count: 26), into: &record)
        #expect(found.map(\.drift) == (1...26).map { Int8(clamping: side * min(Int64($0 / 2), 10)) })
        // It is still let in there.
        #expect(found.last?.drift == Int8(10 * side))
    }

    /// A code that is over for at most half a step has been typed slowly, and one that begins within half a step is of a
    /// clock that is right to some seconds: neither is a sign of drift, and both are accepted.
    @Test func whatHalfAStepExplainsMovesNothing() throws {
        for (offset, second, leans) in [
            (-1, 0, false), (-1, 15, false), (-1, 16, true), (-1, 29, true), (1, 0, true), (1, 14, true),
            (1, 15, false), (1, 29, false), (0, 0, false), (0, 29, false), (-2, 0, true), (2, 29, true),
        ] as [(Int64, Int64, Bool)] {
            var rules = VerificationRules()
            rules.window = 2
            var record = try record()
            let verdict = try record.judge(app.code(Self.step + offset), at: Self.step * 30 + second, rules: rules)
            #expect(verdict.isAccepted)
            let lean = Int64(record.tokens[0].lean)
            #expect(lean == (leans ? offset.signum() : 0), "\(offset) \(second)")
        }
    }

    /// A clock that is right to five seconds and an owner who takes up to fifteen to type: whatever was typed before,
    /// the next code is accepted, and the drift that was learned leads nowhere.
    @Test func aSlowOwnerIsNeverLedAstray() throws {
        var generator = SeededGenerator(seed: 30)
        for ahead in [-5, -2, 0, 1, 3, 5] as [Int64] {
            var record = try record()
            for login in 1...250 as ClosedRange<Int64> {
                let now = Self.step * 30 + login * 180 + Int64.random(in: 0..<30, using: &generator)
                let read = now - Int64.random(in: 0...15, using: &generator) + ahead
                let code = string(
                    try HOTP.code(
                        key: Self.key.span, counter: UInt64(read / 30), algorithm: .sha1, digits: 6,
                        crypto: Libcrypto.load()))
                let verdict = try record.judge(code, at: now)
                #expect(verdict.isAccepted)
            }
        }
    }

    @Test func aUsedCodeMovesNothing() throws {
        var record = try record()
        let code = try app.code(Self.step + 1)
        for _ in 0..<3 { _ = try record.judge(code, at: Self.step * 30) }
        let (drift, lean) = (record.tokens[0].drift, record.tokens[0].lean)
        #expect(drift == 0 && lean == 1)
    }

    @Test func aCounterHasNoDrift() throws {
        var record = try Sample.record(kind: .hotp, digits: 6, key: Self.key)
        for counter in [3, 6, 9] as [Int64] {
            let verdict = try record.judge(app.code(counter))
            #expect(verdict.isAccepted)
        }
        let (drift, lean) = (record.tokens[0].drift, record.tokens[0].lean)
        #expect(drift == 0 && lean == 0)
    }
}
