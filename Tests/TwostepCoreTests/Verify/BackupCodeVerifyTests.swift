import Crypto
import Testing

@testable import TwostepCore

/// Backup codes work when single codes do not; after a wrong one the next waits.
struct BackupCodeVerifyTests {
    private let now = Sample.now
    private let home = Source(.console, 0)
    private let cafe = Source(.address, 2)
    private let codes = ["0A1B-2C3D", "7K3M-9QXZ", "ZZZZ-ZZZZ"]
    private let wrong = "AAAA-BBBB"

    private func record() throws -> Record {
        var record = try Sample.record(digits: 6, backupCodes: codes)
        record.throttle = Throttle(now: now)
        record.throttle.succeed(from: home, at: now)
        return record
    }

    private func accepted(left: Int) -> Verdict {
        .accepted(Acceptance(method: .backupCode, token: [], backupCodesLeft: left))
    }

    @Test func eachIsAcceptedOnce() throws {
        var record = try record()
        for (index, code) in codes.enumerated() {
            let first = try record.judge(code, at: now)
            #expect(first == accepted(left: 2 - index))
            for again in codes.prefix(index + 1) {
                let second = try record.judge(again, at: now + 1)
                #expect(second == .refused(.alreadyUsed))
            }
        }
        let spent = record.backupCodes.entries.map(\.spentAt)
        #expect(spent == [now, now, now])
    }

    @Test(arguments: [
        "0A1B-2C3D", "0a1b-2c3d", "0A1B2C3D", "0a1b 2c3d", " 0 a 1 b - 2 c 3 d ", "OA1B-2C3D", "oalb-2c3d",
        "0AIB2C3D", "OaLb2c3D", "-oaib\t2C3D-",
    ])
    func everySpellingIsTheCode(answer: String) throws {
        var record = try record()
        let verdict = try record.judge(answer, at: now)
        #expect(verdict == accepted(left: 2))
    }

    @Test func aClosedPurseAndAnEmptyBudgetDoNotMatter() throws {
        for source in [home, cafe] {
            var record = try record()
            let place: Throttle.Place = source == home ? .known(0) : .world
            record.throttle[purse: place] = Purse(failures: 55, closure: Pause(since: now, duration: 86_400))
            record.throttle[share: place].budget.spend(9_000)
            let single = try record.judge("271828", from: source, at: now)
            #expect(single == .refused(.locked(until: now + 86_400)))
            let verdict = try record.judge(codes[1], from: source, at: now)
            #expect(verdict == accepted(left: 2))
            let (purse, known) = (record.throttle[purse: place], record.throttle.place(of: source, at: now))
            #expect(purse == Purse() && known == .known(0))
        }
    }

    @Test func afterAWrongOneTheNextIsTooSoonForTenSeconds() throws {
        var record = try record()
        let first = try record.judge(wrong, from: cafe, at: now)
        #expect(first == .refused(.wrongCode))
        for answer in [wrong, codes[0], codes[1]] {
            for time in [now, now + 9] {
                let early = try record.judge(answer, from: cafe, at: time)
                #expect(early == .refused(.tooSoon(until: now + 10)))
            }
        }
        let left = record.backupCodes.left
        #expect(left == 3)
        let verdict = try record.judge(codes[0], from: cafe, at: now + 10)
        #expect(verdict == accepted(left: 2))
    }

    @Test func theWorldDoesNotMakeAKnownSourceWait() throws {
        var record = try record()
        _ = try record.judge(wrong, from: cafe, at: now)
        let known = try record.judge(codes[0], from: home, at: now)
        #expect(known == accepted(left: 2))
        let world = try record.judge(codes[1], from: nil, at: now + 1)
        #expect(world == .refused(.tooSoon(until: now + 10)))
    }

    @Test func nothingElseMakesItWaitNorDoesItMakeAnythingElseWait() throws {
        var record = try record()
        _ = try record.judge(codes[0], from: cafe, at: now)
        for answer in ["271828", "271828 182845", codes[0], codes[0], "no code at all"] {
            _ = try record.judge(answer, at: now)
        }
        let pause = record.throttle.world.backupCodes
        #expect(pause == Pause())
        let second = try record.judge(codes[1], at: now)
        #expect(second == accepted(left: 1))
        record = try self.record()
        let before = record.throttle.world
        _ = try record.judge(wrong, at: now)
        let (after, failures) = (record.throttle.world, record.throttle.failures)
        #expect(failures == 0 && after.budget == before.budget && after.pairs == before.pairs)
    }

    /// The set was made anew after its setting had been read.
    @Test func aHashUnderAnotherSettingIsNone() throws {
        var record = try record()
        let refused = try record.judge(codes[0], at: now, setting: Bcrypt.newSetting(cost: 4))
        #expect(refused == .refused(.wrongCode))
        let verdict = try record.judge(codes[0], at: now + 10)
        #expect(verdict == accepted(left: 2))
    }

    /// Whoever has no codes is refused like whoever has others.
    @Test func withoutCodesEveryOneIsWrong() throws {
        var record = try Sample.record()
        let verdict = try record.judge(codes[0], at: now, setting: Bcrypt.newSetting(cost: 4))
        #expect(verdict == .refused(.wrongCode))
        let pause = record.throttle.world.backupCodes
        #expect(pause == Pause(since: now, duration: 10))
    }

    @Test func aDamagedRecordTakesNoneUntilAFreshStepPasses() throws {
        var record = try record()
        record.cautious = true
        let refused = try record.judge(codes[0], at: now)
        #expect(refused == .refused(.damaged))
        let left = record.backupCodes.left
        #expect(left == 3)
        let app = Authenticator(key: Sample.key)
        let step = try record.judge(app.code(now / 30), at: now)
        #expect(step.isAccepted)
        let verdict = try record.judge(codes[0], at: now)
        #expect(verdict == accepted(left: 2))
    }
}
