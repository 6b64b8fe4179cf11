import Crypto
import Testing

@testable import TwostepCore

/// Judging: windows, floors, locks and states.
struct VerifyTests {
    /// The code of `Sample.now` is for the step from 1111111080 to 1111111109.
    @Test(
        arguments: [
            (1_111_111_050, 1, true), (1_111_111_049, 1, false), (1_111_111_139, 1, true),
            (1_111_111_140, 1, false), (1_111_111_079, 0, false), (1_111_111_080, 0, true), (1_111_111_110, 0, false),
            (1_111_111_409, 10, true), (1_111_111_410, 10, false),
        ] as [(Int64, Int, Bool)])
    func windowIsExact(now: Int64, window: Int, accepted: Bool) throws {
        var record = try Sample.record()
        var rules = VerificationRules()
        rules.window = window
        let verdict = try record.judge(Sample.code, at: now, rules: rules)
        #expect(verdict.isAccepted == accepted)
    }

    @Test func anEarlierStepIsUsedOnceALaterOneWasAccepted() throws {
        var record = try Sample.record()
        let later = try record.judge(Sample.nextCode, at: 1_111_111_111)
        #expect(later.isAccepted)
        let earlier = try record.judge(Sample.code, at: 1_111_111_111)
        #expect(earlier == .refused(.alreadyUsed))
        // Also with the clock set back.
        let back = try record.judge(Sample.code, at: 1_111_111_080)
        #expect(back == .refused(.alreadyUsed))
    }

    @Test func fiveFailuresLockAndTheLockDoublesToADay() throws {
        var record = try Sample.record()
        var now = Sample.now
        for length in [900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400] as [Int64] {
            for _ in 0..<5 {
                let wrong = try record.judge("12345678", at: now)
                #expect(wrong == .refused(.wrongCode))
            }
            let locked = try record.judge("12345678", at: now + length - 1)
            #expect(locked == .refused(.locked(until: now + length)))
            now += length
        }
    }

    @Test func whileLockedTheRightCodeIsNotLookedAtAndAfterwardsClears() throws {
        var record = try Sample.record()
        for _ in 0..<5 { _ = try record.judge("12345678") }
        let locked = try record.judge(Sample.code)
        #expect(locked == .refused(.locked(until: Sample.now + 900)))
        let failures = record.throttle.failures
        #expect(failures == 5)
        // RFC 6238 appendix B at 1234567890.
        let open = try record.judge("89005924", at: 1_234_567_890)
        #expect(open.isAccepted)
        let cleared = record.throttle.worldPurse
        #expect(cleared == Purse())
    }

    /// RFC 4226's key gives one code twice within a window somewhere; both steps are spent by it.
    @Test func aCodeThatStandsForTwoStepsIsSpentForBoth() throws {
        let key = Sample.key
        let crypto = try Libcrypto.load()
        var seen: [String: Int64] = [:]
        var twins: (Int64, Int64, String)?
        for counter in 0..<200_000 as Range<Int64> where twins == nil {
            let code = string(
                try HOTP.code(
                    key: key.span, counter: UInt64(counter), algorithm: .sha1, digits: 6, crypto: crypto))
            if let earlier = seen[code], counter - earlier <= 20 { twins = (earlier, counter, code) }
            seen[code] = counter
        }
        let (first, second, code) = try #require(twins)
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: 1, label: [], key: 0..<0)
        let added = record.add(token, key: key.span)
        try #require(added)
        var rules = VerificationRules()
        rules.window = 10
        let middle = (first + second) / 2
        let once = try record.judge(code, at: middle * 30, rules: rules)
        #expect(once.isAccepted)
        let again = try record.judge(code, at: middle * 30, rules: rules)
        #expect(again == .refused(.alreadyUsed))
        let later = try record.judge(code, at: second * 30, rules: rules)
        #expect(later == .refused(.alreadyUsed))
    }

    @Test func aCodeThatWasRightCostsNothing() throws {
        var record = try Sample.record()
        for _ in 0..<20 { _ = try record.judge(Sample.code) }
        let throttle = record.throttle
        #expect(throttle == Throttle(now: Sample.now))
    }

    @Test func atTheLimitNothingIsAccepted() throws {
        let key = Sample.key
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        let token = Token(
            id: 1, kind: .hotp, algorithm: .sha1, digits: 6, period: 30, floor: Token.counterLimit, created: 1,
            label: [], key: 0..<0)
        let added = record.add(token, key: key.span)
        try #require(added)
        for moment in 0..<10 as Range<UInt64> {
            let code = try HOTP.code(
                key: key.span, counter: UInt64(Token.counterLimit) + moment, algorithm: .sha1, digits: 6,
                crypto: try Libcrypto.load())
            let verdict = try record.judge(string(code))
            #expect(verdict == .refused(.alreadyUsed))
        }
    }

    @Test func malformedAnswersCostNothing() throws {
        var record = try Sample.record()
        for _ in 0..<20 {
            let verdict = try record.judge("no code at all")
            #expect(verdict == .refused(.malformed))
        }
        let throttle = record.throttle
        #expect(throttle == Throttle(now: Sample.now))
    }

    @Test(arguments: [
        (Record.State.pending, Refusal.notEnrolled), (.mustReenrol, .mustReenrol), (.disabled, .disabled),
    ])
    func onlyAnActiveRecordLetsAnybodyIn(state: Record.State, refusal: Refusal) throws {
        var record = try Sample.record()
        record.state = state
        let verdict = try record.judge(Sample.code)
        #expect(verdict == .refused(refusal))
    }

    @Test func theFirstAcceptedCodeConfirmsAProvisionedRecord() throws {
        var record = try Sample.record()
        record.confirmed = false
        _ = try record.judge("12345678")
        var confirmed = record.confirmed
        #expect(!confirmed)
        _ = try record.judge(Sample.code)
        confirmed = record.confirmed
        #expect(confirmed)
    }

    @Test func strangeClocksNeitherTrapNorAdmit() throws {
        for now in [Int64.min, -1, 0, 1, .max / 2, .max] {
            var record = try Sample.record()
            for _ in 0..<5 {
                let verdict = try record.judge("12345678", at: now)
                #expect(verdict == .refused(.wrongCode))
            }
            _ = try record.judge("12345678", at: now)
        }
    }
}
