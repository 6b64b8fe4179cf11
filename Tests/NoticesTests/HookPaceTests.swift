import Testing

@testable import Notices

/// What a caller without a password can have hooks hear.
struct HookPaceTests {
    private func event(_ text: String) throws -> LoggedEvent {
        try #require(LoggedEvent.parse(Array("event=\(text)".utf8)))
    }

    @Test func aCallerWithoutAPasswordIsHeardOfOnceAMinute() throws {
        var pace = HookPace()
        let now: Int64 = 1_800_000_000
        func taken(_ text: String, later: Int64 = 0) throws -> Bool { pace.take(try event(text), at: now + later) }
        for text in [
            "error reason=protocol cause=malformed caller=1001", "error reason=too-many-connections caller=1001",
            "error reason=conversation-failed user=alice caller=1001",
            "refused reason=not-permitted user=bob caller=1001", "refused reason=wrong-code user=alice caller=1001",
            "refused reason=locked user=alice caller=1001", "ignored reason=not-enrolled user=bob caller=1001",
            "ignored reason=exempt user=bob rule=bob caller=1001", "password-refused reason=wrong user=bob by=1001",
        ] {
            let answers = [try taken(text), try taken(text), try taken(text, later: 59), try taken(text, later: 60)]
            #expect(answers == [true, false, false, true], "\(text)")
        }
        let others = [
            try taken("error reason=protocol cause=malformed caller=1002", later: 61),
            try taken("refused reason=not-permitted user=carol caller=1001", later: 61),
        ]
        #expect(others == [true, false])
        // What root's programs ask for is heard of each time, and so is a change.
        for text in [
            "refused reason=wrong-code user=alice rhost=192.0.2.1", "refused reason=wrong-code user=alice caller=0",
            "error reason=conversation-failed user=alice", "disabled user=alice by=1001 caller=1001",
            "ignored reason=exempt user=alice rule=alice", "refused reason=wrong-code user=alice by=0",
            "disabled user=alice by=1001", "refused reason=wrong-code user=alice by=1001",
        ] {
            let answers = [try taken(text), try taken(text)]
            #expect(answers == [true, true], "\(text)")
        }
    }

    /// Who is judged on their own account as often as they like must not hide by it what they do to others.
    @Test func oneUserDoesNotHideAnother() throws {
        var pace = HookPace()
        for text in [
            "refused reason=wrong-code user=bob caller=1001", "refused reason=wrong-code user=alice caller=1001",
            "error reason=conversation-failed user=bob caller=1001",
            "error reason=conversation-failed user=alice caller=1001",
            "password-refused reason=wrong user=bob by=1001", "password-refused reason=wrong user=carol by=1003",
        ] {
            let isHeard = pace.take(try event(text), at: 1_800_000_000)
            #expect(isHeard, "\(text)")
        }
    }
}
