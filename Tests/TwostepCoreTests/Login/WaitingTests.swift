import Crypto
import Testing

@testable import TwostepCore

/// Too soon after somebody's wrong pair of codes or backup code: a login waits for its turn, with nothing locked.
struct WaitingTests {
    private static let step: Int64 = 56_666_667
    private let now = step * 30
    private let prompt = "Verification code: "
    private let app = Authenticator(key: Sample.key)

    private let twoLeft: [Step] = [
        .info("twostep: backup code accepted, 2 left"), .info("twostep: ask your administrator for new backup codes"),
    ]

    private func record(_ kind: Token.Kind = .totp) throws -> Record {
        var record = try Sample.record(
            kind: kind, digits: 6, backupCodes: [Sample.backupCode, "ZZZZ-ZZZZ", "YYYY-YYYY"])
        record.throttle = Throttle(now: now)
        return record
    }

    /// The answer, given so long after somebody's wrong one.
    private func play(
        _ answer: String, _ store: inout MemoryStore, after seconds: Int64, told: [Step] = []
    ) throws -> PlayedLogin {
        let clock = TestClock(now + seconds, store.diary)
        return playLogin([.prompt(prompt, answer: answer)] + told, Sample.request(), &store, clock)
    }

    @Test func aPairWaitsForItsTurnWithNothingLocked() throws {
        var record = try record()
        _ = try record.judge("271828 182845", at: now)
        var store = try Sample.store(record)
        let played = try play(app.pair(Self.step), &store, after: 0)
        #expect(played.outcome == accepted(.totp, pair: true, left: 3))
        let log = store.log
        #expect(log == ["locked", "written", "waited 20", "locked", "written"])
    }

    @Test func aBackupCodeWaitsAndIsHashedOnce() throws {
        var record = try record()
        _ = try record.judge("AAAA-BBBB", at: now)
        var store = try Sample.store(record)
        let played = try play(Sample.backupCode, &store, after: 7, told: twoLeft)
        #expect(played.outcome == accepted(.backupCode, "", left: 2))
        let log = store.log
        #expect(log == ["setting", "locked", "written", "waited 13", "locked", "written twice"])
    }

    @Test func aWrongOneWaitsLikeARightOne() throws {
        for answer in ["AAAA-BBBB", "271828 182845"] {
            var record = try record()
            _ = try record.judge(answer, at: now)
            var store = try Sample.store(record)
            let played = try play(answer, &store, after: 1)
            #expect(played.outcome == .refused(.wrongCode) && played.waits == [19])
        }
    }

    @Test func nobodyWaitsForASingleCode() throws {
        var record = try record()
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: now, duration: 10))
        var store = try Sample.store(record)
        let played = try play(app.code(Self.step), &store, after: 0)
        #expect(played.outcome == .refused(.locked(until: now + 10)) && played.waits.isEmpty)
    }

    /// A counter's wrong pair closes for 50 seconds: longer than anybody waits.
    @Test func nobodyWaitsLongerThanTwentySeconds() throws {
        for (after, waits) in [(0, []), (29, []), (30, [20]), (49, [1])] as [(Int64, [Int64])] {
            var record = try record(.hotp)
            _ = try record.judge("271828 182845", at: now)
            var store = try Sample.store(record)
            let played = try play(app.pair(1), &store, after: after)
            #expect(played.waits == waits)
            #expect(
                played.outcome
                    == (waits.isEmpty ? .refused(.tooSoon(until: now + 50)) : accepted(.hotp, pair: true, left: 3)))
        }
    }

    /// Somebody else is quicker when the turn comes: twenty seconds are all there are.
    @Test func whoIsOvertakenWaitsOnceMore() throws {
        var record = try record()
        _ = try record.judge("AAAA-BBBB", at: now)
        var store = try Sample.store(record)
        let start = now
        var looks = 0
        store.before = { record in
            looks += 1
            // When the turn has come, a second later somebody has been there.
            if looks == 2 { record.throttle.world.backupCodes = Pause(since: start + 5, duration: 20) }
        }
        let played = try play(Sample.backupCode, &store, after: 5, told: twoLeft)
        #expect(played.waits == [15, 5] && played.outcome == accepted(.backupCode, "", left: 2))
        #expect(looks == 3)
    }

    @Test func whoIsOvertakenForTooLongIsRefused() throws {
        var record = try record()
        _ = try record.judge("AAAA-BBBB", at: now)
        var store = try Sample.store(record)
        let start = now
        var looks = 0
        store.before = { record in
            looks += 1
            if looks == 2 { record.throttle.world.backupCodes = Pause(since: start + 20, duration: 20) }
        }
        let played = try play(Sample.backupCode, &store, after: 5)
        #expect(played.waits == [15] && played.outcome == .refused(.tooSoon(until: now + 40)))
        let left = store.record?.backupCodes.left
        #expect(left == 3)
    }

    @Test func theReasonIsToldWhereTheSiteExplains() throws {
        var record = try record(.hotp)
        _ = try record.judge("271828 182845", at: now)
        var store = try Sample.store(record)
        let steps: [Step] = [
            .prompt(prompt, answer: try app.pair(1)), .error("twostep: too soon after a wrong one"),
            .error("twostep: try again in 49 s"),
        ]
        let played = playLogin(steps, Sample.request(explain: true), &store, TestClock(now + 1))
        #expect(played.outcome == .refused(.tooSoon(until: now + 50)))
    }

    @Test func whoIsNobodyWaitsLikeAnybody() throws {
        for account in [nil, Account(uid: 1001, name: Array("bob".utf8))] {
            var store = try Sample.store(record())
            let request = Sample.request(account)
            for waits in [[], [20]] as [[Int64]] {
                let clock = TestClock(now, store.diary)
                let played = playLogin([.prompt(prompt, answer: "AAAA-BBBB")], request, &store, clock)
                #expect(played.waits == waits)
                #expect(played.outcome == .refused(account == nil ? .unknownUser : .notEnrolled))
            }
        }
    }
}
