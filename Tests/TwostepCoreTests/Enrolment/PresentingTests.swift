import Crypto
import Testing

@testable import TwostepCore

/// Enrolment codes at a login, and codes of an app that was not enrolled yet.
struct PresentingTests {
    private let later = Sample.now + EnrolmentCode.pause

    @Test func aRightCodeBeginsAndGoesOn() throws {
        for state in [Record.State.pending, .mustReenrol] {
            var record = try Invited.record(state)
            #expect(try record.present("0123 4567 89ab cdef") == .accepted)
            #expect(record.begunKey == Invited.secondKey && record.stage == .shown)
            // The same key, however often, and whatever would be begun.
            #expect(try record.present(Invited.code, beginning: Invited.enrolment(key: Invited.firstKey)) == .accepted)
            #expect(record.begunKey == Invited.secondKey)
            let now = record.state
            #expect(now == state)
        }
    }

    /// What somebody began on the password alone is not what an invitation goes on with.
    @Test func whatWasBegunOtherwiseIsBegunAnew() throws {
        for proof in [Enrolment.Proof.password, .recovery] {
            var record = try Invited.record(begun: .shown, by: proof)
            #expect(try record.present(Invited.code) == .accepted)
            #expect(record.begunKey == Invited.secondKey)
        }
    }

    @Test func aWrongCodeChangesNothingButTheThrottle() throws {
        for typed in [Invited.otherCode, "", "123456", "0123-4567-89AB-CDE"] {
            var record = try Invited.record(begun: .shown)
            #expect(try record.present(typed) == .wrong)
            #expect(record.begunKey == Invited.firstKey)
            // No wrong one is looked at so soon. Who hammers them does not keep out who has the right one.
            #expect(try record.present(typed, at: later - 1) == .tooSoon(until: later))
            #expect(try record.present(Invited.code, at: later - 1) == .accepted)
        }
    }

    /// Whoever was let in from somewhere has a turn of their own.
    @Test func theTurnIsTheSources() throws {
        let known = Source(.console, 0)
        var record = try Invited.record()
        record.throttle.succeed(from: known, at: Sample.now)
        #expect(try record.present(Invited.otherCode) == .wrong)
        #expect(try record.present(Invited.code, from: known) == .accepted)
    }

    @Test func whoWasNotInvitedHasNoRightCode() throws {
        var record = try Invited.record(invitedFor: nil)
        for typed in [Invited.code, "0000-0000-0000-0000", ""] {
            record.throttle = Throttle(now: Sample.now)
            #expect(try record.present(typed) == .wrong)
        }
        #expect(record.begunKey == nil)
    }

    @Test func anInvitationGoesBy() throws {
        var record = try Invited.record(invitedFor: 1)
        #expect(try record.present(Invited.code, at: Sample.now - 1) == .accepted)
        // Also for whoever has begun by it.
        #expect(try record.present(Invited.code, at: Sample.now) == .expired)
        #expect(try record.present(Invited.otherCode, at: Sample.now) == .wrong)
    }

    @Test func aNewInvitationVoidsTheOldOneAndWhatWasBegunByIt() throws {
        for stage in [Enrolment.Stage.shown, .proven] {
            var record = try Invited.record(begun: stage)
            let crypto = try Libcrypto.load()
            let new = Array("ZZZZ456789ABCDEF".utf8)
            try record.invite(
                Invitation(new.span, salt: [UInt8](repeating: 8, count: 16), now: Sample.now, hours: 1, crypto: crypto))
            #expect(record.begunKey == nil)
            #expect(try record.present(Invited.code) == .wrong)
            #expect(try record.present(Invited.otherCode, at: later) == .accepted)
            #expect(record.begunKey == Invited.secondKey)
        }
    }

    @Test func whoIsEnrolledMeanwhileIsNotEnrolledAgain() throws {
        for state in [Record.State.active, .disabled] {
            var record = try Invited.record(state)
            #expect(try record.present(Invited.code) == .changedMeanwhile)
            #expect(record.begunKey == nil)
        }
    }

    // MARK: Codes of the app

    private func verify(
        _ record: inout Record, _ typed: String, proven: Bool = true, at now: Int64 = Sample.now
    ) throws -> Verdict {
        let crypto = try Libcrypto.load()
        let attempt = Attempt(
            code: TypedCode.read(Array(typed.utf8).span), backupHash: SecretBytes(capacity: 0), source: nil)
        let rules = VerificationRules()
        return proven
            ? try record.verifyProvenApp(attempt, rules: rules, now: now, crypto: crypto)
            : try record.verifyShownApp(attempt, rules: rules, now: now, crypto: crypto)
    }

    @Test func aCodeOfTheProvenAppCountsOnceAndCostsAsAtALogin() throws {
        var record = try Invited.record(begun: .proven)
        let full = record.throttle.world.budget.level
        #expect(try verify(&record, "12345678") == .refused(.wrongCode))
        #expect(record.throttle.world.budget.level < full && record.throttle.failures == 1)
        #expect(try verify(&record, Sample.code).isAccepted)
        #expect(try verify(&record, Sample.code) == .refused(.alreadyUsed))
        #expect(record.state == .pending && record.tokens.isEmpty && record.throttle.failures == 0)
        var closed = try Invited.record(begun: .proven)
        for _ in 0..<5 { _ = try verify(&closed, "12345678") }
        guard case .refused(.locked) = try verify(&closed, Sample.code) else {
            Issue.record("five wrong codes close nothing")
            return
        }
    }

    @Test func aCodeOfTheShownAppProvesIt() throws {
        var record = try Invited.record(begun: .shown, by: .password)
        #expect(try verify(&record, Sample.code) == .refused(.notEnrolled))
        #expect(try verify(&record, "12345678", proven: false) == .refused(.wrongCode))
        #expect(record.stage == .shown)
        #expect(try verify(&record, Sample.code, proven: false).isAccepted)
        #expect(record.stage == .proven)
        #expect(try verify(&record, Sample.code) == .refused(.alreadyUsed))
        let invitation = try record.invitation()
        #expect(invitation == nil)
    }

    @Test func nothingIsVerifiedByARecordThatIsNotForEnrolling() throws {
        for state in [Record.State.active, .disabled] {
            var record = try Invited.record(state, begun: .proven)
            #expect(try verify(&record, Sample.code) == .refused(.notEnrolled))
        }
    }

    // MARK: The end

    /// An administrator has vouched for whoever was invited, as for whoever has their recovery code.
    @Test(arguments: [Enrolment.Proof.invitation, .recovery])
    func onlyAnInvitationEndsTheOldWayBack(proof: Enrolment.Proof) throws {
        var record = try Invited.record(.mustReenrol, begun: .proven, by: proof)
        try record.keep(SecurityAnswers([[1], [2]], hashes: Lost.right, set: 5))
        let isComplete = try record.complete(with: BackupCodeSet(), now: Sample.now)
        #expect(isComplete)
        let answers = try record.securityAnswers()
        #expect((answers == nil) == (proof == .invitation))
    }

    @Test func completing() throws {
        var record = try Invited.record(.mustReenrol, begun: .proven)
        try record.addToken(kind: .totp, key: Sample.decoyKey)
        try record.setBackupCodes([Sample.backupCode])
        let old = SecurityKey(label: Array("old".utf8), publicKey: [1], created: 1)
        let isAdded = record.add(old)
        try #require(isAdded)
        record.throttle.succeed(from: Source(.console, 0), at: Sample.now)
        let throttle = record.throttle
        let codes = BackupCodeSet(setting: [UInt8](repeating: 1, count: 29), entries: [])
        let isComplete = try record.complete(with: codes, now: Sample.now)
        #expect(isComplete && record.state == .active && record.confirmed)
        let keys = record.tokens.map { token in record.withKey(of: token) { key in key.indices.map { key[$0] } } }
        #expect(keys == [Invited.firstKey] && record.tokens[0].label == Enrolment.label)
        #expect(record.backupCodes == codes && record.securityKeys.isEmpty && record.throttle == throttle)
        let left = record.appendix.count
        #expect(left == 0)
        #expect(try record.judge(Sample.code).isAccepted)
    }

    @Test func whatIsNotProvenIsNotCompleted() throws {
        for stage in [nil, Enrolment.Stage.shown] {
            var record = try Invited.record(begun: stage)
            let isComplete = try record.complete(with: BackupCodeSet(), now: Sample.now)
            #expect(!isComplete && record.state == .pending && record.tokens.isEmpty)
        }
    }
}
