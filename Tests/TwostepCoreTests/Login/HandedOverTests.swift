import Testing

@testable import TwostepCore

/// Answers that the service alone understands: told apart by their shape, and by nothing else (law 8).
struct HandedOverTests {
    private static let token = "0123-4567-89AB-CDEF-GHJK-MNPQ-RS"

    private static func request(_ request: LoginRequest = Sample.request(), _ answers: ServiceAnswers = .handedOver)
        -> LoginRequest
    {
        request.serviceAnswers = answers
        return request
    }

    /// - Returns: the outcome, and how many lines the log got.
    private func play(
        _ steps: [Step], _ request: LoginRequest, _ record: consuming Record?
    ) throws -> (outcome: Outcome, logged: Int) {
        var store = try Sample.store(record)
        var conversation = ScriptedConversation(steps)
        var logged = 0
        let outcome = login(request, conversation: &conversation, store: &store, now: { Sample.now }) { _ in
            logged += 1
        }
        #expect(conversation.complaints == [])
        return (outcome, logged)
    }

    private func asked(_ answer: String) -> Step { .prompt("Verification code: ", answer: answer) }

    @Test(arguments: [
        "recover", "RECOVER", " Recover\t", "send", " S E n d", token, "https://example.org/r?t=\(token)",
        token.lowercased(),
        "https://example.org/r#" + String(repeating: "a", count: 26),
    ])
    func whateverTheRecordSays(_ answer: String) throws {
        let steps = [asked(answer), .held(answer)]
        for state in [Record.State.active, .pending, .mustReenrol, .disabled] {
            var record = try Sample.record()
            record.state = state
            let played = try play(steps, Self.request(), record)
            #expect(played.outcome == .handedOver && played.logged == 0)
        }
        for request in [Sample.request(), Sample.request(nil), Sample.request(explain: true)] {
            #expect(try play(steps, Self.request(request), nil).outcome == .handedOver)
        }
    }

    @Test(arguments: [
        "", "recove", "recovery", "recover me", "sen", "sends", "recoversend", "5end", "123456", "12345678 12345678",
        "7K3M-9QXZ",
        "https://example.org/r?t=\(token)&x=", "0123-4567-89AB-CDEF-GHJK-MNPQ-R", token + "u", token + "0", "!" + token,
        String(repeating: "1", count: 27), String(repeating: "1", count: 513),
        String(repeating: "#", count: 500) + token,
    ])
    func whatIsNone(_ answer: String) throws {
        let played = try play([asked(answer)], Self.request(), Sample.record())
        #expect(played.outcome != .handedOver && played.logged == 1)
    }

    /// Where a user has started the program, people are told where it works; the answer is judged like any other.
    @Test func elsewhere() throws {
        let told: [Step] = [
            .error("twostep: recovery works at a login only"), .error("twostep: log in by SSH or at the console"),
        ]
        for record in [true, false] {
            let played = try play(
                [asked("recover")] + told, Self.request(Sample.request(), .elsewhere), record ? Sample.record() : nil)
            #expect(played.outcome == .refused(record ? .malformed : .notEnrolled) && played.logged == 1)
        }
        // Whether this site has a use for that word is not known there: it is a code like any other that is none.
        #expect(
            try play([asked("send")], Self.request(Sample.request(), .elsewhere), Sample.record()).outcome
                == .refused(.malformed))
        let silent = Self.request(Sample.request(silent: true), .elsewhere)
        #expect(try play([asked("recover")], silent, Sample.record()).outcome == .refused(.malformed))
    }

    @Test func notWhereNobodyCanTalkWithThePerson() throws {
        for request in [Sample.request(silent: true), Self.request(Sample.request(), .judged)] {
            #expect(
                try play([asked("recover")], Self.request(request, request.serviceAnswers), Sample.record()).outcome
                    == .refused(.malformed))
        }
        let trouble = StoreError(.configInvalid)
        let troubled = Self.request(Sample.request(trouble: trouble))
        #expect(try play([asked("recover")], troubled, Sample.record()).outcome == .unavailable(trouble))
        // What a module before ours was told may be a password.
        for mode in [ModuleOptions.FirstPass.only, .first] {
            let request = Self.request(Sample.request(firstPass: mode))
            let steps: [Step] = [.firstPass(Self.token)] + (mode == .only ? [] : [asked("123456")])
            #expect(try play(steps, request, Sample.record()).outcome != .handedOver)
        }
    }

    /// What somebody typed before is the service's answer to the same question.
    @Test func theVerdictOfALoginThatWasHandedOverIsNone() {
        #expect(FinalVerdict(.handedOver, explained: true) == .refused)
    }
}
