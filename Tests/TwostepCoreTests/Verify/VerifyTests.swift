import Crypto
import Testing

@testable import TwostepCore

/// Judging: windows, floors, locks and states.
struct VerifyTests {
    private func judge(
        _ record: inout Record, _ code: String, at now: Int64 = Sample.now, rules: VerificationRules = .init()
    ) throws -> Verdict {
        let attempt = Attempt(code: TypedCode.read(Array(code.utf8).span), backupHash: SecretBytes(capacity: 0))
        return try verify(&record, attempt, rules: rules, now: now, crypto: try Libcrypto.load())
    }

    private func isAccepted(_ verdict: Verdict) -> Bool {
        if case .accepted = verdict { return true }
        return false
    }

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
        let verdict = try judge(&record, Sample.code, at: now, rules: rules)
        #expect(isAccepted(verdict) == accepted)
    }

    @Test func anEarlierStepIsUsedOnceALaterOneWasAccepted() throws {
        var record = try Sample.record()
        let later = try judge(&record, Sample.nextCode, at: 1_111_111_111)
        #expect(isAccepted(later))
        let earlier = try judge(&record, Sample.code, at: 1_111_111_111)
        #expect(earlier == .refused(.alreadyUsed))
        // Also with the clock set back.
        let back = try judge(&record, Sample.code, at: 1_111_111_080)
        #expect(back == .refused(.alreadyUsed))
    }

    @Test func fiveFailuresLockAndTheLockDoublesToADay() throws {
        var record = try Sample.record()
        var now = Sample.now
        for length in [900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400] as [Int64] {
            for _ in 0..<5 {
                let wrong = try judge(&record, "12345678", at: now)
                #expect(wrong == .refused(.wrongCode))
            }
            let locked = try judge(&record, "12345678", at: now + length - 1)
            #expect(locked == .refused(.locked(until: now + length)))
            now += length
        }
    }

    @Test func whileLockedTheRightCodeIsNotLookedAtAndAfterwardsClears() throws {
        var record = try Sample.record()
        for _ in 0..<5 { _ = try judge(&record, "12345678") }
        let locked = try judge(&record, Sample.code)
        #expect(locked == .refused(.locked(until: Sample.now + 900)))
        let failures = record.lockout.failures
        #expect(failures == 5)
        // RFC 6238 appendix B at 1234567890.
        let open = try judge(&record, "89005924", at: 1_234_567_890)
        #expect(isAccepted(open))
        let cleared = record.lockout
        #expect(cleared == Lockout())
    }

    @Test func aClockSetBackNeitherOpensALockNorMakesItLonger() {
        var lockout = Lockout(failures: 5, lockedUntil: Sample.now + 86_400)
        #expect(lockout.closed(at: Sample.now + 86_400) == nil)
        #expect(lockout.closed(at: Sample.now) == Sample.now + 86_400)
        // Two seconds, and ten days: closed all the same, for a day from then on at most.
        #expect(lockout.closed(at: Sample.now - 2) == Sample.now - 2 + 86_400)
        #expect(lockout.closed(at: Sample.now - 864_000) == Sample.now - 864_000 + 86_400)
        lockout.lockedUntil = lockout.closed(at: Sample.now - 864_000) ?? 0
        #expect(lockout.closed(at: Sample.now - 864_000 + 86_400) == nil)
    }

    @Test func aLateChargeByAnOlderClockDoesNotShortenALock() {
        var lockout = Lockout(failures: 4)
        lockout.charge(now: Sample.now, deny: 5, unlockTime: 900)
        let until = lockout.lockedUntil
        for _ in 0..<5 { lockout.charge(now: Sample.now - 172_800, deny: 5, unlockTime: 900) }
        #expect(lockout.lockedUntil == until)
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
        let once = try judge(&record, code, at: middle * 30, rules: rules)
        #expect(isAccepted(once))
        let again = try judge(&record, code, at: middle * 30, rules: rules)
        #expect(again == .refused(.alreadyUsed))
        let later = try judge(&record, code, at: second * 30, rules: rules)
        #expect(later == .refused(.alreadyUsed))
    }

    @Test func aCodeThatWasRightCostsNothing() throws {
        var record = try Sample.record()
        for _ in 0..<20 { _ = try judge(&record, Sample.code) }
        let lockout = record.lockout
        #expect(lockout == Lockout())
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
            let verdict = try judge(&record, string(code))
            #expect(verdict == .refused(.alreadyUsed))
        }
    }

    @Test func malformedAnswersCostNothing() throws {
        var record = try Sample.record()
        for _ in 0..<20 {
            let verdict = try judge(&record, "no code at all")
            #expect(verdict == .refused(.malformed))
        }
        let lockout = record.lockout
        #expect(lockout == Lockout())
    }

    @Test(arguments: [
        (Record.State.pending, Refusal.notEnrolled), (.mustReenrol, .mustReenrol), (.disabled, .disabled),
    ])
    func onlyAnActiveRecordLetsAnybodyIn(state: Record.State, refusal: Refusal) throws {
        var record = try Sample.record()
        record.state = state
        let verdict = try judge(&record, Sample.code)
        #expect(verdict == .refused(refusal))
    }

    @Test func theFirstAcceptedCodeConfirmsAProvisionedRecord() throws {
        var record = try Sample.record()
        record.confirmed = false
        _ = try judge(&record, "12345678")
        var confirmed = record.confirmed
        #expect(!confirmed)
        _ = try judge(&record, Sample.code)
        confirmed = record.confirmed
        #expect(confirmed)
    }

    @Test func strangeClocksNeitherTrapNorAdmit() throws {
        for now in [Int64.min, -1, 0, 1, .max / 2, .max] {
            var record = try Sample.record()
            for _ in 0..<5 {
                let verdict = try judge(&record, "12345678", at: now)
                #expect(verdict == .refused(.wrongCode))
            }
            _ = try judge(&record, "12345678", at: now)
        }
    }
}
