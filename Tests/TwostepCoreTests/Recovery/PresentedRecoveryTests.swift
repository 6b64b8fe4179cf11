import Crypto
import Testing

@testable import TwostepCore

/// Alice has lost her phone; a token was given out.
enum Lost {
    static let token = "0123-4567-89AB-CDEF-GHJK-MNPQ-RR"
    static let otherToken = "ZZZZ-4567-89AB-CDEF-GHJK-MNPQ-RR"
    static let setting = Array("$2b$04$abcdefghijklmnopqrstuu".utf8)
    static let right = [hash("rex"), hash("berlin")]

    /// bcrypt of an answer, in its one spelling.
    static func hash(_ answer: String) -> [UInt8] {
        let answer = Array(answer.utf8)
        return (try? array(Bcrypt.hash(answer.span, setting: setting.span))) ?? []
    }

    static func record(
        _ way: RecoveryGrant.Way = .email, state: Record.State = .active, answered: Bool = true, token: String = token,
        given ago: Int64 = 60
    ) throws -> Record {
        var record = try Sample.record(backupCodes: [Sample.backupCode])
        record.state = state
        if answered {
            let questions = [Array("First pet?".utf8), Array("Born where?".utf8)]
            try record.keep(SecurityAnswers(questions, hashes: right, set: 5))
        }
        let crypto = try Libcrypto.load()
        let read = RecoveryToken.read(Array(token.utf8).span)
        guard let read else { return record }
        try record.give(
            RecoveryGrant(
                read.bytes, id: Array(1...8), way: way, salt: [UInt8](repeating: 7, count: 16),
                now: Sample.now - ago, crypto: crypto))
        return record
    }
}

extension Record {
    mutating func present(
        recovery typed: String, answers: [[UInt8]] = Lost.right, from source: Source? = nil, at now: Int64 = Sample.now
    ) throws -> PresentedRecovery {
        let crypto = try Libcrypto.load()
        let token = RecoveryToken.read(Array(typed.utf8).span)
        return try present(recovery: token, answers: answers, from: source, now: now, crypto: crypto)
    }
}

struct PresentedRecoveryTests {
    private func isAccepted(_ presented: PresentedRecovery) -> Bool {
        if case .accepted = presented { true } else { false }
    }

    private func isWrong(_ presented: PresentedRecovery) -> Bool {
        if case .wrongAnswers = presented { true } else { false }
    }

    private func isExpired(_ presented: PresentedRecovery) -> Bool {
        if case .expired = presented { true } else { false }
    }

    private let none = RecoveryGrant(id: [], way: .email, made: 0, expires: 0, salt: [], hash: [])

    @Test(arguments: [Record.State.active, .mustReenrol])
    func theTokenAndTheAnswers(state: Record.State) throws {
        var record = try Lost.record(state: state)
        guard case .accepted(let grant, again: false) = try record.present(recovery: Lost.token.lowercased()) else {
            Issue.record("refused")
            return
        }
        #expect(grant.way == .email && grant.stage == .redeemed)
        #expect(record.state == .mustReenrol)
        #expect(try record.recovery().grant == grant)
        // Until they have enrolled anew they may go on with it, and with nothing else.
        #expect(try isAccepted(record.present(recovery: Lost.token)))
        try record.keep(Invited.enrolment(stage: .proven, proof: .recovery))
        let isComplete = try record.complete(with: BackupCodeSet(), now: Sample.now)
        #expect(isComplete && record.state == .active)
        // Used twice it is nothing.
        #expect(try record.present(recovery: Lost.token) == .wrongToken)
        #expect(record.state == .active)
    }

    @Test func anAdministratorsTakesNoAnswers() throws {
        for answered in [true, false] {
            var record = try Lost.record(.admin, answered: answered)
            #expect(try isAccepted(record.present(recovery: Lost.token, answers: [])))
            #expect(record.state == .mustReenrol)
        }
    }

    /// Whoever had password and phone for a while may have put an address and answers of their own there. By mail both were
    /// just proven; what waits for its code was not.
    @Test(arguments: [RecoveryGrant.Way.email, .admin])
    func noOtherWayBackOutlivesIt(way: RecoveryGrant.Way) throws {
        var record = try Lost.record(way)
        var appendix = try Appendix(record)
        let address = Array("alice@example.org".utf8)
        for (tag, section) in [
            (Appendix.Tag.contact, [0, 0, 0, 0, 0, 0, 0, 7] + address), (.unverifiedContact, Array(address)),
        ] {
            let isSet = appendix.set(tag, to: SecretBytes(copying: section.span))
            #expect(isSet)
        }
        record.setAppendix(appendix)
        #expect(try isAccepted(record.present(recovery: Lost.token)))
        let after = try Appendix(record)
        let isWaiting = after[.unverifiedContact] != nil
        #expect(!isWaiting)
        let answers = try record.securityAnswers()
        #expect((answers == nil) == (way == .admin))
        var contact: [UInt8] = []
        if let section = after[.contact] { contact = array(section) }
        #expect(contact == [0, 0, 0, 0, 0, 0, 0, way == .admin ? 0 : 7] + address)
    }

    @Test func fiftyNineMinutesAndSixtyOne() throws {
        for way in RecoveryGrant.Way.allCases {
            var early = try Lost.record(way, given: 59 * 60)
            #expect(try isAccepted(early.present(recovery: Lost.token)))
            for ago in [60 * 60, 61 * 60, -61] as [Int64] {
                var late = try Lost.record(way, given: ago)
                #expect(try isExpired(late.present(recovery: Lost.token)))
                #expect(late.state == .active)
            }
        }
    }

    @Test(arguments: [Lost.otherToken, "", "recover", Sample.backupCode])
    func wrongTokens(typed: String) throws {
        for way in RecoveryGrant.Way.allCases {
            var record = try Lost.record(way)
            #expect(try record.present(recovery: typed) == .wrongToken)
            #expect(record.state == .active)
            // Then no wrong one is looked at for a while. Who hammers them does not keep out who has the right one.
            let pause = Sample.now + EnrolmentCode.pause
            #expect(try record.present(recovery: Lost.otherToken, at: pause - 1) == .tooSoon(until: pause))
            #expect(try isAccepted(record.present(recovery: Lost.token, at: pause - 1)))
        }
        var without = try Sample.record()
        #expect(try without.present(recovery: Lost.token) == .wrongToken)
    }

    /// Who began by the old one may be somebody else: it is void once the new one is taken.
    @Test func aNewTokenVoidsTheOldAndWhatWasBegunByIt() throws {
        var record = try Lost.record()
        try record.keep(Invited.enrolment(stage: .proven, proof: .recovery))
        let new = try #require(try Lost.record(token: Lost.otherToken).recovery().grant)
        try record.give(new)
        #expect(try record.present(recovery: Lost.token) == .wrongToken)
        #expect(try isAccepted(record.present(recovery: Lost.otherToken, at: Sample.now + 10)))
        #expect(record.stage == nil)
    }

    /// It takes two things known by heart, and a wrong pair of them makes nobody wait who has the token: they are counted.
    @Test func wrongAnswersAreCountedAndNotPausedFor() throws {
        var record = try Lost.record()
        for _ in 0..<RecoveryGrant.wrongLimit {
            #expect(try isWrong(record.present(recovery: Lost.token, answers: [])))
        }
        #expect(try record.present(recovery: Lost.token) == .void(record.recovery().grant ?? none))
    }

    /// An invitation and an administrator's token are two ways to the same thing, each in the hands of whoever was given it:
    /// the later one counts.
    @Test func anInvitationAndATokenVoidEachOther() throws {
        let crypto = try Libcrypto.load()
        let code = Array("0123456789ABCDEF".utf8)
        let invitation = try Invitation(
            code.span, salt: [UInt8](repeating: 8, count: 16), now: Sample.now, hours: 1, crypto: crypto)
        for way in RecoveryGrant.Way.allCases {
            var record = try Lost.record(way, state: .mustReenrol)
            #expect(try isAccepted(record.present(recovery: Lost.token)))
            try record.invite(invitation)
            #expect(try record.present(recovery: Lost.token) == .wrongToken)
            // Nor is there another by mail: an administrator has vouched for somebody else.
            let answers = try record.securityAnswers()
            #expect(answers == nil)
        }
        var record = try Lost.record(state: .mustReenrol)
        try record.invite(invitation)
        let grant = try #require(try Lost.record(.admin).recovery().grant)
        try record.give(grant)
        let left = try record.invitation()
        #expect(left == nil)
    }

    /// Who was let in from somewhere with the phone that is lost has no turn of their own there any more.
    @Test func noSourceOutlivesIt() throws {
        let home = Source(.address, 0xC000_0207)
        var record = try Lost.record(.admin)
        record.throttle.succeed(from: home, at: Sample.now - 60)
        let before = record.throttle.known.budget.level
        #expect(try isAccepted(record.present(recovery: Lost.token)))
        #expect(record.throttle.sources.isEmpty && record.throttle.known.budget.level == before)
    }

    /// But where they come with it: going on there is not stopped by who uses up what unknown sources share.
    @Test func theirOwnSourceStaysKnown() throws {
        let (home, elsewhere) = (Source(.address, 0xC000_0207), Source(.address, 0xC633_6407))
        var record = try Lost.record()
        for source in [elsewhere, home] { record.throttle.succeed(from: source, at: Sample.now - 60) }
        #expect(try isAccepted(record.present(recovery: Lost.token, from: home)))
        #expect(record.throttle.sources.map(\.source) == [home])
        while record.throttle.world.budget.affords(Record.costOfAnswers) {
            record.throttle.world.budget.spend(Record.costOfAnswers)
        }
        #expect(try isAccepted(record.present(recovery: Lost.token, from: home)))
        guard case .locked = try record.present(recovery: Lost.token, from: elsewhere) else {
            Issue.record("the other source is known")
            return
        }
    }

    /// Neither the right one of two, nor the right ones the other way round, nor none; and five times is enough.
    @Test func wrongAnswers() throws {
        let (rex, berlin) = (Lost.right[0], Lost.right[1])
        var record = try Lost.record()
        var now = Sample.now
        for (number, answers) in [[rex, rex], [berlin, rex], [], [rex], [rex, Lost.hash("bonn")]].enumerated() {
            #expect(try isWrong(record.present(recovery: Lost.token, answers: answers, at: now)))
            #expect(try record.recovery().grant?.wrong == number + 1)
            #expect(record.state == .active)
            now += EnrolmentCode.pause
        }
        #expect(try record.present(recovery: Lost.token, at: now) == .void(record.recovery().grant ?? none))
        #expect(record.state == .active)
    }

    /// Somebody has taken the answers away since the mail was sent.
    @Test func withoutAnswersAMailIsNotEnough() throws {
        var record = try Lost.record(answered: false)
        #expect(try isWrong(record.present(recovery: Lost.token)))
        #expect(try isWrong(record.present(recovery: Lost.token, answers: [], at: Sample.now + 10)))
    }

    @Test(arguments: [Record.State.pending, .disabled])
    func whoHasNoSecondStepHasNothingToRecover(state: Record.State) throws {
        var record = try Lost.record(.admin, state: state)
        #expect(try record.present(recovery: Lost.token) == .notRecoverable)
        #expect(record.state == state && !record.isRecoverable)
    }
}
