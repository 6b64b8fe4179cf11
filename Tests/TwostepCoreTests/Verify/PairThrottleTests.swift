import Crypto
import Testing

@testable import TwostepCore

/// Two consecutive codes get in when single ones do not, and wrong pairs make others wait.
struct PairThrottleTests {
    private static let step: Int64 = 56_666_667
    private let now = step * 30
    private static let key = Array("12345678901234567890".utf8)
    private let app = Authenticator(key: key)
    private let home = Source(.address, 1)
    private let cafe = Source(.address, 2)
    private let wrong = "271828 182845"

    private func record(_ kinds: Token.Kind...) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        for (index, kind) in kinds.enumerated() {
            try record.addToken(kind: kind, key: Self.key + [UInt8](repeating: 7, count: index))
        }
        record.throttle = Throttle(now: now)
        record.throttle.succeed(from: home, at: now)
        return record
    }

    @Test func aClosedPurseAndAnEmptyBudgetDoNotMatter() throws {
        for source in [home, cafe] {
            var record = try record(.totp)
            let place: Throttle.Place = source == home ? .known(0) : .world
            record.throttle[purse: place] = Purse(failures: 55, closure: Pause(since: now, duration: 86_400))
            record.throttle[share: place].budget.spend(9_000)
            let single = try record.judge(app.code(Self.step), from: source, at: now)
            #expect(single == .refused(.locked(until: now + 86_400)))
            let verdict = try record.judge(app.pair(Self.step), from: source, at: now)
            #expect(verdict.isAccepted)
            let (purse, place2) = (record.throttle[purse: place], record.throttle.place(of: source, at: now))
            #expect(purse == Purse() && place2 == .known(0))
            // A success fills no budget.
            let next = try record.judge(app.code(Self.step + 1), from: nil, at: now)
            #expect(next.isAccepted == (source == home))
        }
    }

    @Test func wrongPairsCloseNothing() throws {
        var record = try record(.totp)
        for round in 0..<50 as Range<Int64> {
            let verdict = try record.judge(wrong, from: cafe, at: now + round * 20)
            #expect(verdict == .refused(.wrongCode))
        }
        let throttle = record.throttle
        #expect(throttle.worldPurse == Purse() && throttle.world.budget.affords(6_000))
    }

    /// Ten seconds for every four pairs that would have been accepted, begun or whole.
    @Test(
        arguments: [
            ([Token.Kind.totp], 1, 20), ([.totp], 10, 50), ([.hotp], 1, 50), ([.totp, .hotp], 1, 70),
            ([.totp, .totp, .totp], 1, 60),
        ] as [([Token.Kind], Int, Int64)])
    func aWrongPairMakesTheNextOneWait(kinds: [Token.Kind], window: Int, seconds: Int64) throws {
        var rules = VerificationRules()
        rules.window = window
        var record = try record(.totp)
        _ = record.removeToken(id: 1)
        for (index, kind) in kinds.enumerated() {
            try record.addToken(kind: kind, key: Self.key + [UInt8](repeating: 7, count: index))
        }
        let first = try record.judge(wrong, from: cafe, at: now, rules: rules)
        #expect(first == .refused(.wrongCode))
        // Right or wrong, from wherever in the world, it is not looked at.
        let right = kinds[0] == .totp ? try app.pair(Self.step) : try app.pair(1)
        for (answer, source) in [(wrong, cafe), (right, cafe), (right, nil), (right, Source(.uid, 3))] {
            let early = try record.judge(answer, from: source, at: now + seconds - 1, rules: rules)
            #expect(early == .refused(.tooSoon(until: now + seconds)))
        }
        let floor = record.tokens[0].floor
        #expect(floor == 0)
        let verdict = try record.judge(right, from: cafe, at: now + seconds, rules: rules)
        #expect(verdict.isAccepted)
    }

    @Test func theFewerWouldMatchTheShorterTheWait() throws {
        // Up to this step everything is spent: of nine steps, nine, six, five, two and none are left, and a pair fewer.
        for (ahead, seconds) in [(-5, 20), (-2, 20), (-1, 10), (2, 10), (4, 10)] as [(Int64, Int64)] {
            var record = try record(.totp)
            record.spend(0, floor: Self.step + ahead + 1, lastUsed: 0)
            _ = try record.judge(wrong, from: cafe, at: now)
            let pause = record.throttle.world.pairs
            #expect(pause == Pause(since: now, duration: seconds), "\(ahead)")
        }
    }

    @Test func theWorldDoesNotMakeAKnownSourceWait() throws {
        var record = try record(.totp)
        _ = try record.judge(wrong, from: cafe, at: now)
        let verdict = try record.judge(app.pair(Self.step), from: home, at: now + 1)
        #expect(verdict.isAccepted)
        record = try self.record(.totp)
        _ = try record.judge(wrong, from: home, at: now)
        let known = try record.judge(app.pair(Self.step), from: home, at: now + 1)
        #expect(known == .refused(.tooSoon(until: now + 20)))
        let world = try record.judge(app.pair(Self.step), from: cafe, at: now + 1)
        #expect(world.isAccepted)
    }

    @Test func neitherAUsedNorARightPairNorASingleCodeMakesAnybodyWait() throws {
        var record = try record(.totp)
        try record.setBackupCodes([Sample.backupCode])
        let used = try app.pair(Self.step - 1)
        for answer in [used, used, try app.wrong(Self.step), "AAAA-BBBB"] {
            _ = try record.judge(answer, from: cafe, at: now)
        }
        let pause = record.throttle.known.pairs
        #expect(pause == Pause())
        let world = record.throttle.world.pairs
        #expect(world == Pause())
    }

    /// A clock that is set back while others wait does not make them wait for as long as it was.
    @Test func aClockThatIsSetBackLetsNobodyWaitLonger() throws {
        var record = try record(.totp)
        _ = try record.judge(wrong, from: cafe, at: now + 864_000)
        let early = try record.judge(app.pair(Self.step), from: cafe, at: now)
        #expect(early == .refused(.tooSoon(until: now + 20)))
        let verdict = try record.judge(app.pair(Self.step), from: cafe, at: now + 20)
        #expect(verdict.isAccepted)
    }

    /// After one of the record's slots was damaged, a counter's pair waits for a fresh step like its single codes.
    @Test func aDamagedRecordTakesPairsOfStepsOnly() throws {
        var record = try record(.totp, .hotp)
        record.cautious = true
        let counter = Authenticator(key: Self.key + [7])
        let refused = try record.judge(counter.pair(1), at: now)
        #expect(refused == .refused(.damaged))
        let floor = record.tokens[1].floor
        #expect(floor == 0)
        let pair = try record.judge(app.pair(Self.step), at: now)
        #expect(pair.isAccepted)
        let verdict = try record.judge(counter.pair(1), at: now)
        #expect(verdict.isAccepted)
    }
}
