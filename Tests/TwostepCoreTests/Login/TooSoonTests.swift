import Testing

@testable import TwostepCore

/// Too soon after somebody's wrong pair of codes or backup code: refused at once, for everybody alike.
struct TooSoonTests {
    private static let step: Int64 = 56_666_667
    private let now = step * 30
    private let prompt = "Verification code: "
    private let app = Authenticator(key: Sample.key)

    private func record(_ kind: Token.Kind = .totp) throws -> Record {
        var record = try Sample.record(
            kind: kind, digits: 6, backupCodes: [Sample.backupCode, "ZZZZ-ZZZZ", "YYYY-YYYY"])
        record.throttle = Throttle(now: now)
        return record
    }

    @Test func aPairIsRefusedUntilThePauseIsOver() throws {
        for (after, outcome) in [
            (0, .refused(.tooSoon(until: now + 20))), (19, .refused(.tooSoon(until: now + 20))),
            (20, accepted(.totp, pair: true, left: 3)),
        ] as [(Int64, Outcome)] {
            var record = try record()
            _ = try record.judge("271828 182845", at: now)
            var store = try Sample.store(record)
            let steps: [Step] = [.prompt(prompt, answer: try app.pair(Self.step))]
            let played = playLogin(steps, Sample.request(), &store, at: now + after)
            #expect(played.outcome == outcome)
            let log = store.log
            #expect(log == ["locked", "written"])
        }
    }

    @Test func aBackupCodeIsHashedAllTheSameAndKept() throws {
        var record = try record()
        _ = try record.judge("AAAA-BBBB", at: now)
        var store = try Sample.store(record)
        let steps: [Step] = [.prompt(prompt, answer: Sample.backupCode)]
        let played = playLogin(steps, Sample.request(), &store, at: now + 9)
        #expect(played.outcome == .refused(.tooSoon(until: now + 10)))
        let log = store.log
        #expect(log == ["setting", "locked", "written"])
        let left = store.record?.backupCodes.left
        #expect(left == 3)
    }

    @Test func theReasonIsToldWhereTheSiteExplains() throws {
        var record = try record(.hotp)
        _ = try record.judge("271828 182845", at: now)
        var store = try Sample.store(record)
        let steps: [Step] = [
            .prompt(prompt, answer: try app.pair(1)), .error("twostep: too soon after a wrong code"),
            .error("twostep: try again in 49 s"),
        ]
        let played = playLogin(steps, Sample.request(explain: true), &store, at: now + 1)
        #expect(played.outcome == .refused(.tooSoon(until: now + 50)))
    }

    @Test func withoutAClockNobodyGetsIn() throws {
        var store = try Sample.store(record())
        let steps: [Step] = [.prompt(prompt, answer: try app.code(0))]
        let played = playLogin(steps, Sample.request(), &store, at: nil)
        #expect(played.outcome == .unavailable(StoreError(.clockUnavailable)))
        let log = store.log
        #expect(log.isEmpty)
    }
}
