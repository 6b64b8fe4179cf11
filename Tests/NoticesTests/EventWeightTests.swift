import Testing
import TwostepCore

@testable import Notices

/// Which events make room for which.
struct EventWeightTests {
    private func event(_ text: String) throws -> LoggedEvent {
        try #require(LoggedEvent.parse(Array("event=\(text)".utf8)))
    }

    @Test(arguments: [
        ("refused reason=locked user=alice", EventWeight.refusal), ("error reason=protocol caller=1001", .refusal),
        ("ignored reason=exempt user=alice", .refusal), ("password-refused reason=wrong-password user=alice", .refusal),
        ("recovery-refused reason=wrong-token user=alice", .refusal), ("accepted method=totp user=alice", .login),
        ("accepted method=remembered user=alice", .login), ("accepted method=backup-code user=alice", .change),
        ("recovery-refused reason=wrong-answers user=alice", .change),
        ("recovery-refused reason=void user=alice", .change), ("accepted method=sent-code user=alice", .change),
        ("recovered user=alice way=admin", .change), ("recovered user=alice way=admin again=yes", .login),
    ])
    func weights(_ text: String, _ weight: EventWeight) throws { #expect(EventWeight(try event(text)) == weight) }

    /// Each change that there is, and what is new until somebody thinks of it.
    @Test func changesWeighMost() throws {
        let lighter = [
            "accepted", "refused", "ignored", "error", "debug", "enrolment-begun", "recovery-refused", "code-requested",
            "code-not-sent", "password-refused", "token-renamed", "sessions-ended",
        ]
        for kind in EventKind.all {
            let weight = EventWeight(try event("\(kind.name) user=alice by=0"))
            #expect((weight == .change) != lighter.contains("\(kind.name)"), "\(kind.name)")
        }
    }

    @Test func theOldestOfThoseThatWeighLeastGoes() {
        #expect(EventWeight.firstToGo([.change, .login, .refusal, .change, .refusal]) == 2)
        #expect(EventWeight.firstToGo([.change, .login, .change, .login]) == 1)
        #expect(EventWeight.firstToGo([.change, .change]) == 0)
        // Also where that is the newest.
        #expect(EventWeight.firstToGo([.change, .change, .refusal]) == 2)
        #expect(EventWeight.firstToGo([]) == nil)
    }
}
