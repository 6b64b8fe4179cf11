import Testing

@testable import TwostepCore

/// `tries`: how often somebody is asked in one conversation, and what ends it.
struct TriesTests {
    private let prompt = "Verification code: "
    private let wrong = "12345678"

    private let told: [Step] = [
        .error("twostep: too many wrong codes; single codes count again in 15 min"),
        .error("twostep: type two codes in a row in one line, 123456 654321, or a backup code"),
    ]

    private func ask(_ answers: String...) -> [Step] { answers.map { .prompt(prompt, answer: $0) } }

    private func play(
        _ steps: [Step], _ request: LoginRequest, _ store: inout MemoryStore
    ) -> (outcome: Outcome, logged: [Outcome]) {
        let played = playLogin(steps, request, &store)
        return (played.outcome, played.reports.map(\.outcome))
    }

    @Test func aBetterAnswerMayFollow() throws {
        for answers in [[wrong, wrong, Sample.code], ["", wrong, Sample.code], ["no code", "271828", Sample.code]] {
            var store = try Sample.store(Sample.record())
            let steps = answers.map { Step.prompt(prompt, answer: $0) }
            let played = play(steps, Sample.request(tries: 3), &store)
            #expect(played.outcome == accepted(.totp) && played.logged.count == 3)
            let written = store.log.filter { $0 == "written" }.count
            #expect(written == 3)
        }
    }

    @Test(arguments: 1...5) func nobodyIsAskedMoreOften(tries: Int) throws {
        var store = try Sample.store(Sample.record())
        let steps = [Step](repeating: .prompt(prompt, answer: wrong), count: tries)
        let played = play(steps, Sample.request(tries: tries), &store)
        #expect(played.outcome == .refused(.wrongCode))
        #expect(played.logged == [Outcome](repeating: .refused(.wrongCode), count: tries))
    }

    @Test func aRightAnswerEndsIt() throws {
        var store = try Sample.store(Sample.record())
        #expect(play(ask(Sample.code), Sample.request(tries: 5), &store).logged == [accepted(.totp)])
    }

    /// Whoever answered once and then no more has been refused, and that is in the log already.
    @Test func noSecondAnswerLeavesTheFirstRefusal() throws {
        var store = try Sample.store(Sample.record())
        let steps = ask(wrong) + [.promptFails(prompt)]
        let played = play(steps, Sample.request(tries: 3), &store)
        #expect(played.outcome == .refused(.wrongCode) && played.logged == [.refused(.wrongCode)])
    }

    @Test func trouble() throws {
        var store = try Sample.store(Sample.record())
        store.writeFails = StoreError(.notWritable, cause: "EROFS")
        let played = play(ask(wrong), Sample.request(tries: 3), &store)
        #expect(played.logged == [.unavailable(StoreError(.notWritable, cause: "EROFS"))])
        let early = Sample.request(tries: 3, trouble: StoreError(.configInvalid))
        #expect(play(ask(wrong), early, &store).logged == [.unavailable(StoreError(.configInvalid))])
    }

    @Test func beingLockedEndsItOnlyWhereOneMayKnow() throws {
        let closed = Purse(failures: 5, closure: Pause(since: Sample.now, duration: 900))
        let locked = Outcome.refused(.locked(until: Sample.now + 900))
        var record = try Sample.record()
        record.throttle.worldPurse = closed
        var store = try Sample.store(record)
        #expect(play(ask(wrong, wrong), Sample.request(tries: 2), &store).logged == [locked, locked])
        // Before the prompt, where it helps, and for the answer that was given all the same.
        #expect(play(told + ask(wrong) + told, Sample.request(explain: true, tries: 3), &store).logged == [locked])
    }

    /// Every answer is charged, so that several at once buy nothing.
    @Test func everyAnswerIsCharged() throws {
        var store = try Sample.store(Sample.record())
        let played = play(ask(wrong, wrong, wrong, wrong, wrong), Sample.request(tries: 5), &store)
        #expect(played.outcome == .refused(.wrongCode))
        let failures = store.record?.throttle.failures
        #expect(failures == 5)
        #expect(
            play(ask(Sample.code), Sample.request(), &store).outcome == .refused(.locked(until: Sample.now + 900)))
    }

    @Test func somebodyWhoDoesNotExistIsAskedAsOften() throws {
        for account in [nil, Account(uid: 1001, name: Array("bob".utf8))] {
            var store = try Sample.store(Sample.record())
            let refusal = Outcome.refused(account == nil ? .unknownUser : .notEnrolled)
            let played = play(ask(wrong, "", Sample.backupCode), Sample.request(account, tries: 3), &store)
            #expect(played.logged == [refusal, refusal, refusal])
        }
    }
}
