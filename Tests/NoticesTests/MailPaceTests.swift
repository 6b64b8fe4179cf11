import Testing

@testable import Notices

/// What of a flood of events is mailed, and that no flood hides what matters.
struct MailPaceTests {
    private let owner = Target.owner("alice@example.org")
    private let now: Int64 = 1_800_000_000

    private func event(_ text: String) throws -> LoggedEvent {
        try #require(LoggedEvent.parse(Array("event=\(text)".utf8)))
    }

    /// Whether the owner is told of each of these, all at one moment.
    private func told(_ events: [String], by pace: inout MailPace, later: Int64 = 0) throws -> [Bool] {
        try events.map { pace.take([owner], of: try event($0), .owner, at: now + later).told == [owner] }
    }

    @Test func theSameRefusalOnceAnHour() throws {
        var pace = MailPace()
        let refusal = "refused reason=locked user=alice"
        #expect(try told([refusal, refusal, "refused reason=locked user=bob"], by: &pace) == [true, false, true])
        #expect(try told([refusal, refusal], by: &pace, later: 3600) == [true, false])
    }

    /// Whoever has the password types nonsense first; that somebody has the token is told all the same.
    @Test func whatTakesTheTokenIsToldOfByItself() throws {
        var pace = MailPace()
        let refused = [
            "wrong-token", "wrong-token", "too-soon", "wrong-answers", "wrong-answers", "void", "void", "expired",
        ]
        .map { "recovery-refused reason=\($0) user=alice" }
        #expect(try told(refused, by: &pace) == [true, false, false, true, false, true, false, false])
    }

    /// A token can be gone on with as often as one likes; what follows is still told.
    @Test func goingOnWithATokenUsesNothingUp() throws {
        var pace = MailPace()
        let first = "recovered user=alice way=admin", again = "\(first) again=yes"
        #expect(try told([first, again, again], by: &pace) == [true, true, false])
        #expect(try told(Array(repeating: again, count: 40), by: &pace).allSatisfy { !$0 })
        let changes = [
            "enrolled-at-login user=alice proof=recovery", "contact-set user=alice by=1", "disabled user=alice by=1",
        ]
        #expect(try told(changes, by: &pace) == [true, true, true])
    }

    @Test func thirtyInAnHourAndTheFirstThatIsLeftOut() throws {
        var pace = MailPace()
        let change = try event("token-added user=alice by=1 token=x")
        for _ in 0..<30 { #expect(pace.take([owner], of: change, .owner, at: now).told == [owner]) }
        #expect(pace.take([owner], of: change, .owner, at: now) == .init(firstLeftOut: owner))
        #expect(pace.take([owner], of: change, .owner, at: now) == .init())
        #expect(pace.take([.admin], of: change, .admin, at: now).told == [.admin])
        #expect(pace.take([owner], of: change, .owner, at: now + 3600).told == [owner])
    }

    /// Who loses the address hears of it, whatever went before.
    @Test func aFormerAddressIsToldInAnyCase() throws {
        var pace = MailPace()
        let former = Target.former("old@example.org")
        let change = try event("contact-set user=alice by=1")
        for _ in 0..<40 { _ = pace.take([owner], of: change, .owner, at: now) }
        #expect(pace.take([owner, former], of: change, .owner, at: now) == .init(told: [former]))
        #expect(pace.take([former], of: change, .owner, at: now) == .init(told: [former]))
    }

    /// Five an hour of one purpose leave the others.
    @Test func codesAreCountedByPurpose() throws {
        let address = try #require(EmailAddress("alice@example.org"))
        func request(_ template: String, _ user: String = "alice") -> CodeRequest {
            CodeRequest(template: template, user: user, address: address, minutes: 10)
        }
        var pace = CodeMailPace()
        let templates = BuiltInTemplates.withCode
        #expect(templates.count > 1)
        for template in templates {
            let taken = (0..<6).map { _ in pace.take(request(template), at: now) }
            #expect(taken == [true, true, true, true, true, false], "\(template)")
        }
        let others = [("bob", 0), ("alice", 3599), ("alice", 3600)].map { user, later in
            pace.take(request(templates[0], user), at: now + later)
        }
        #expect(others == [true, false, true])
    }
}
