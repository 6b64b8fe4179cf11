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
            let verdict = try record.judge(code, at: step * 30 + 29, rules: rules)
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
