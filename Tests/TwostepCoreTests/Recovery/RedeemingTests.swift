import Crypto
import Testing

@testable import TwostepCore

/// Which tokens need no answers, what is void once one is taken, and what wrong answers cost.
struct RedeemingTests {
    private func admit(
        _ record: inout Record, _ typed: String = Lost.token, at now: Int64 = Sample.now
    ) throws -> PresentedRecovery? {
        let crypto = try Libcrypto.load()
        let token = RecoveryToken.read(Array(typed.utf8).span)
        return try record.admit(recovery: token, from: nil, now: now, crypto: crypto)
    }

    private func again(_ presented: PresentedRecovery?) -> Bool? {
        if case .accepted(_, let again) = presented { again } else { nil }
    }

    @Test func anAdministratorsAloneIsEnough() throws {
        for state in [Record.State.active, .mustReenrol] {
            var record = try Lost.record(.admin, state: state, answered: false)
            #expect(try again(admit(&record)) == false)
            #expect(record.state == .mustReenrol)
        }
    }

    /// Nobody is charged: they are asked on.
    @Test func whatNeedsAnswers() throws {
        for (way, typed, ago, state) in [
            (RecoveryGrant.Way.email, Lost.token, 60, Record.State.active), (.email, Lost.otherToken, 60, .active),
            (.admin, Lost.otherToken, 60, .active), (.admin, "", 60, .active), (.admin, Lost.token, 3600, .active),
            (.admin, Lost.token, 60, .disabled), (.admin, Lost.token, 60, .pending),
        ] {
            var record = try Lost.record(way, state: state, given: Int64(ago))
            let throttle = record.throttle
            #expect(try admit(&record, typed) == nil)
            #expect(record.throttle == throttle || record.throttle.world.backupCodes == throttle.world.backupCodes)
            #expect(record.state == state && record.tokens.count == 1)
        }
    }

    @Test func whatLetThemInBeforeIsVoidAtOnce() throws {
        var record = try Lost.record(.admin)
        let isAdded = record.add(SecurityKey(label: [], publicKey: [1, 2, 3], created: 1))
        #expect(isAdded)
        let invitation = Invitation(
            created: 1, expires: 2, salt: .init(repeating: 1, count: 16), hash: .init(repeating: 1, count: 32))
        try record.set(.invitation, to: invitation.encode())
        try record.keep(Invited.enrolment(stage: .shown, proof: .recovery))
        record.remembered = [RememberedLogin(RememberedLogin.Mark(high: 1, low: 2), at: 3)]
        #expect(try again(admit(&record)) == false)
        #expect(record.tokens.isEmpty && record.securityKeys.isEmpty && record.backupCodes.entries.isEmpty)
        #expect(record.remembered.isEmpty)
        #expect(try record.invitation() == nil)
        // Whoever saw a key before must not share it.
        let hasBegun = try record.enrolment() != nil
        #expect(!hasBegun)
        // Nor are the answers known to be theirs.
        #expect(try record.securityAnswers() == nil)
    }

    /// Within the hour the same token goes on, by the same answers, and voids nothing of what has been begun by it: whoever
    /// reads the owner's mail has the token, and not the answers.
    @Test func againWithinTheHour() throws {
        var record = try Lost.record()
        _ = try record.present(recovery: Lost.token)
        try record.keep(Invited.enrolment(stage: .proven, proof: .recovery))
        #expect(try admit(&record) == nil)
        guard case .wrongAnswers = try record.present(recovery: Lost.token, answers: []) else {
            Issue.record("taken without answers")
            return
        }
        #expect(try again(record.present(recovery: Lost.token, at: Sample.now + 59 * 60 - 60)) == true)
        #expect(try record.enrolment()?.stage == .proven)
        guard case .expired = try record.present(recovery: Lost.token, at: Sample.now + 3600) else {
            Issue.record("taken after an hour")
            return
        }
        // Once they have enrolled it is nothing any more.
        let isComplete = try record.complete(with: BackupCodeSet(), now: Sample.now)
        #expect(isComplete)
        #expect(try admit(&record) == nil)
    }

    /// A mail, for which the password is enough, takes nothing away that was begun; an administrator's code does.
    @Test(arguments: [(RecoveryGrant.Way.email, true), (.admin, false)])
    func whatWasBegunBefore(way: RecoveryGrant.Way, stays: Bool) throws {
        var record = try Lost.record(state: .mustReenrol)
        try record.keep(Invited.enrolment(stage: .proven, proof: .invitation))
        let crypto = try Libcrypto.load()
        let token = [UInt8](repeating: 0x41, count: 26)
        let grant = try RecoveryGrant(
            token.span, id: Array(2...9), way: way, salt: [UInt8](repeating: 1, count: 16), now: Sample.now,
            crypto: crypto)
        try record.give(grant)
        let isThere = try record.enrolment() != nil
        #expect(isThere == stays)
    }

    /// Whoever has taken a token goes on by it as long as it is the newest one.
    @Test func aNewerOneEndsIt() throws {
        var record = try Lost.record(.admin)
        let given = try record.recovery().grant
        #expect(try !record.isRedeemed(given))
        _ = try admit(&record)
        #expect(try record.isRedeemed(given))
        let crypto = try Libcrypto.load()
        let token = [UInt8](repeating: 0x41, count: 26)
        try record.give(
            RecoveryGrant(
                token.span, id: Array(2...9), way: .admin, salt: [UInt8](repeating: 1, count: 16), now: Sample.now,
                crypto: crypto))
        #expect(try !record.isRedeemed(given))
        try record.voidWhatWasGivenOut()
        #expect(try record.recovery().grant == nil)
    }

    /// A grant that was taken lets nobody in whose record has been made usable by other means.
    @Test func takenButNotToReenrol() throws {
        var record = try Lost.record()
        _ = try record.present(recovery: Lost.token)
        record.state = .active
        #expect(try admit(&record) == nil)
        guard case .wrongAnswers = try record.present(recovery: Lost.token, answers: []) else {
            Issue.record("taken")
            return
        }
    }

    /// Whoever has the password and types wrong ones in a loop does not keep out who has the right one.
    @Test func afterAWrongOneTheRightOneIsLookedAtAtOnce() throws {
        var record = try Lost.record(.admin)
        #expect(try record.present(recovery: Lost.otherToken) == .wrongToken)
        #expect(try again(admit(&record)) == false)
    }

    /// Whoever has the mailbox and the password guesses at answers: each guess takes from the same budget as guesses at
    /// codes, and the budget of a year bounds them all, whatever they do (law 9).
    @Test func aYearOfGuessingAtAnswers() throws {
        var record = try Lost.record(given: 0)
        var guesses = 0
        var now = Sample.now
        let end = now + 365 * 86_400
        while now < end {
            // Three mails a day, five guesses at each, as fast as the pause lets them.
            for _ in 0..<3 {
                let crypto = try Libcrypto.load()
                let token = try #require(try Lost.mailed(now, crypto))
                try record.give(token)
                for _ in 0..<RecoveryGrant.wrongLimit {
                    now += 11
                    let presented = try record.present(
                        recovery: Lost.token, answers: [Lost.right[0], Lost.right[0]], at: now)
                    if case .wrongAnswers = presented { guesses += 1 }
                }
            }
            now += 86_400
        }
        // 20 at first, and 0.2 a day.
        #expect(guesses > 50 && guesses <= 95, "\(guesses)")
        #expect(record.state == .active)
    }

    /// 2^128 tokens, and 2^80 enrolment codes, which nothing keeps from being looked at: more often in a year than any machine
    /// writes its records, 10,000 a second, is as good as never.
    @Test func aYearOfGuessingAtTokens() throws {
        let looks = 365.0 * 86_400 * 10_000
        for (bits, chance) in [(128, 1e-26), (EnrolmentCode.size * 5, 1e-12)] {
            var codes = 1.0
            for _ in 0..<bits { codes *= 2 }
            #expect(looks / codes < chance)
        }
    }
}

extension Lost {
    static func mailed(_ now: Int64, _ crypto: borrowing Libcrypto) throws -> RecoveryGrant? {
        let read = RecoveryToken.read(Array(token.utf8).span)
        guard let read else { return nil }
        return try RecoveryGrant(
            read.bytes, id: Array(1...8), way: .email, salt: [UInt8](repeating: 7, count: 16), now: now, crypto: crypto)
    }
}
