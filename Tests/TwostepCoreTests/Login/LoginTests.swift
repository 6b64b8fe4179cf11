import Crypto
import Testing

@testable import TwostepCore

/// The login dialogue: what is asked, what is shown, what comes out, and that nothing else is.
struct LoginTests {
    private let prompt = "Verification code: "

    private func play(
        _ steps: [Step], _ request: LoginRequest, _ store: inout MemoryStore, at now: Int64 = Sample.now
    ) -> Outcome {
        let played = playLogin(steps, request, &store, at: now)
        #expect(played.reports == [LoginReport(outcome: played.outcome, slotDamaged: store.health == .oneSlotDamaged)])
        return played.outcome
    }

    @Test func rightCodeIsAcceptedOnce() throws {
        var store = try Sample.store(Sample.record())
        let steps: [Step] = [.prompt(prompt, answer: Sample.code)]
        #expect(play(steps, Sample.request(), &store) == accepted(.totp))
        #expect(play(steps, Sample.request(), &store) == .refused(.alreadyUsed))
        #expect(play([.prompt(prompt, answer: Sample.nextCode)], Sample.request(), &store) == accepted(.totp))
        #expect(play(steps, Sample.request(), &store) == .refused(.alreadyUsed))
    }

    private struct DiaryConversation: Conversation {
        let diary: Diary

        func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
            diary.lines.append("asked")
            return SecretBytes(copying: Array(Sample.backupCode.utf8).span)
        }

        func tell(_ line: [UInt8], isError: Bool) { diary.lines.append("told") }

        func firstPass() -> SecretBytes? { nil }

        func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }
    }

    @Test func theDecisionIsLoggedBeforeThePersonHearsOfIt() throws {
        var store = try Sample.store(Sample.record(backupCodes: [Sample.backupCode]))
        let diary = Diary()
        var conversation = DiaryConversation(diary: diary)
        let outcome = login(
            Sample.request(), conversation: &conversation, store: &store, now: { Sample.now }
        ) { _ in diary.note("logged") }
        #expect(outcome == accepted(.backupCode, "", left: 0))
        #expect(diary.lines == ["asked", "logged", "told", "told"])
    }

    @Test func theRecordIsWrittenBeforeTheVerdictWhateverItIs() throws {
        for answer in [Sample.code, "12345678", "", "x"] {
            var store = try Sample.store(Sample.record())
            _ = play([.prompt(prompt, answer: answer)], Sample.request(), &store)
            let log = store.log
            #expect(log == ["locked", "written"], "\(answer)")
        }
    }

    @Test func whereTheRecordCannotBeWrittenRightAndWrongGetOneAnswer() throws {
        for answer in [Sample.code, "12345678", "", "AAAA-AAAA"] {
            var store = try Sample.store(Sample.record())
            store.writeFails = StoreError(.notWritable, cause: "EROFS")
            let outcome = play([.prompt(prompt, answer: answer)], Sample.request(), &store)
            #expect(outcome == .unavailable(StoreError(.notWritable, cause: "EROFS")))
        }
    }

    @Test func backupCodeIsAcceptedOnceInBothSlotsAndTellsHowManyAreLeft() throws {
        var store = try Sample.store(Sample.record(backupCodes: [Sample.backupCode, "AAAA-BBBB"]))
        let steps: [Step] = [
            .prompt(prompt, answer: "7k3m 9qxz"), .info("twostep: backup code accepted, 1 left"),
            .info("twostep: ask your administrator for new backup codes"),
        ]
        #expect(play(steps, Sample.request(), &store) == accepted(.backupCode, "", left: 1))
        var log = store.log
        #expect(log == ["setting", "locked", "written twice"])
        #expect(
            play([.prompt(prompt, answer: Sample.backupCode)], Sample.request(), &store) == .refused(.alreadyUsed))
        log = store.log
        #expect(log.last == "written")
    }

    @Test func hotpCounterMovesOnlyOnSuccess() throws {
        // RFC 4226 appendix D: counters 0, 1 and 9.
        var store = try Sample.store(Sample.record(kind: .hotp, digits: 6))
        #expect(play([.prompt(prompt, answer: "000000")], Sample.request(), &store) == .refused(.wrongCode))
        #expect(play([.prompt(prompt, answer: "755224")], Sample.request(), &store) == accepted(.hotp))
        let log = store.log
        #expect(log.last == "written twice")
        #expect(play([.prompt(prompt, answer: "755224")], Sample.request(), &store) == .refused(.alreadyUsed))
        #expect(play([.prompt(prompt, answer: "520489")], Sample.request(), &store) == accepted(.hotp))
        #expect(play([.prompt(prompt, answer: "287082")], Sample.request(), &store) == .refused(.wrongCode))
    }

    @Test func nobodyIsAskedOnlyWhereAbsenceIsProvenAndPolicyAgrees() throws {
        for (nullok, requiredForAll, passes) in [
            (true, false, true), (true, true, false), (false, false, false), (false, true, false),
        ] {
            var store = try Sample.store(nil)
            let request = Sample.request(nullok: nullok, requiredForAll: requiredForAll)
            let steps: [Step] = passes ? [] : [.prompt(prompt, answer: Sample.code)]
            #expect(play(steps, request, &store) == (passes ? .passed(.notEnrolled) : .refused(.notEnrolled)))
        }
    }

    @Test func theRequiredArgumentOverrulesTheConfiguration() throws {
        var store = try Sample.store(nil)
        var options = ModuleOptions()
        options.nullok = true
        options.required = true
        var configuration = Configuration()
        configuration.required = []
        let request = LoginRequest(
            subject: LoginSubject(account: Sample.alice, name: Sample.alice.name), service: [], options: options,
            configuration: configuration, membership: { _, _ in .notMember })
        #expect(play([.prompt(prompt, answer: "123456")], request, &store) == .refused(.notEnrolled))
    }

    /// An invitation must lock nobody out whom policy lets pass, nor let anybody in whom it does not.
    @Test func whoIsNotEnrolledYetIsAsOneWithoutARecord() throws {
        for state in [Record.State.pending, .mustReenrol] {
            var record = try Sample.record()
            record.state = state
            var store = try Sample.store(record)
            let lenient = Sample.request(nullok: true, requiredForAll: false)
            let asked: [Step] = [.prompt(prompt, answer: Sample.code)]
            #expect(
                play(state == .pending ? [] : asked, lenient, &store)
                    == (state == .pending ? .passed(.notEnrolled) : .refused(.mustReenrol)))
            let outcome = play(asked, Sample.request(), &store)
            #expect(outcome == .refused(state == .pending ? .notEnrolled : .mustReenrol))
        }
    }

    @Test func aDamagedRecordDoesNotProveThatNobodyEnrolled() throws {
        var record = try Sample.record()
        record.state = .pending
        var store = try Sample.store(record)
        store.health = .oneSlotDamaged
        let lenient = Sample.request(nullok: true, requiredForAll: false)
        #expect(play([.prompt(prompt, answer: Sample.code)], lenient, &store) == .refused(.mustReenrol))
        // Nor once it has been mended.
        store.health = .sound
        #expect(play([.prompt(prompt, answer: Sample.code)], lenient, &store) == .refused(.mustReenrol))
    }

    @Test func unknownUsersAreAskedAndRefusedAlsoWithNullok() throws {
        for answer in ["123456", Sample.backupCode, ""] {
            var store = try Sample.store(nil)
            let request = Sample.request(nil, nullok: true, requiredForAll: false)
            #expect(play([.prompt(prompt, answer: answer)], request, &store) == .refused(.unknownUser))
        }
    }

    @Test func troubleIsToldOnlyAfterTheAnswer() throws {
        let trouble = StoreError(.indexCorrupt, cause: "not-authentic")
        var store = try Sample.store(Sample.record())
        store.lookFails = trouble
        let steps: [Step] = [.prompt(prompt, answer: Sample.code)]
        let lenient = Sample.request(nullok: true, requiredForAll: false)
        #expect(play(steps, lenient, &store) == .unavailable(trouble))
        var log = store.log
        #expect(log == ["standing"])
        store = try Sample.store(Sample.record())
        let request = Sample.request(nullok: true, requiredForAll: false, trouble: trouble)
        #expect(play(steps, request, &store) == .unavailable(trouble))
        log = store.log
        #expect(log.isEmpty)
    }

    @Test func whereNobodyMayPassTheStoreIsNotTouchedBeforeTheAnswer() throws {
        var store = try Sample.store(Sample.record())
        #expect(play([.promptFails(prompt)], Sample.request(), &store) == .noAnswer)
        let log = store.log
        #expect(log.isEmpty)
    }

    @Test func aRecordThatVanishesAfterThePromptIsAnError() throws {
        var store = try Sample.store(Sample.record())
        store.vanishes = true
        let request = Sample.request(nullok: true, requiredForAll: false)
        #expect(
            play([.prompt(prompt, answer: Sample.code)], request, &store)
                == .unavailable(StoreError(.recordVanished)))
    }

    @Test func explanationsComeOnlyWhereTheSiteWantsThem() throws {
        var store = try Sample.store(Sample.record())
        #expect(play([.prompt(prompt, answer: "12345678")], Sample.request(), &store) == .refused(.wrongCode))
        let steps: [Step] = [
            .prompt(prompt, answer: "12345678"), .error("twostep: that code is wrong"),
            .error("twostep: type the code your app shows now"),
        ]
        #expect(play(steps, Sample.request(explain: true), &store) == .refused(.wrongCode))
        #expect(
            play([.prompt(prompt, answer: "12345678")], Sample.request(explain: true, silent: true), &store)
                == .refused(.wrongCode))
    }

    @Test func aDamagedSlotDoesNotStopARecordThatOnlyCounts() throws {
        var store = try Sample.store(Sample.record(kind: .hotp, digits: 6))
        store.health = .oneSlotDamaged
        #expect(play([.prompt(prompt, answer: "755224")], Sample.request(), &store) == accepted(.hotp))
        store.health = .sound
        #expect(play([.prompt(prompt, answer: "755224")], Sample.request(), &store) == .refused(.alreadyUsed))
    }

    @Test func aDamagedSlotRefusesWhatMayBeSpentUntilAFreshStepPasses() throws {
        var store = try Sample.store(Sample.record(backupCodes: [Sample.backupCode]))
        store.health = .oneSlotDamaged
        let now: [Step] = [.prompt(prompt, answer: Sample.code)]
        #expect(play(now, Sample.request(), &store) == .refused(.damaged))
        store.health = .sound
        let backup: [Step] = [.prompt(prompt, answer: Sample.backupCode)]
        #expect(play(backup, Sample.request(), &store) == .refused(.damaged))
        // RFC 6238 appendix B at 1234567890 is far beyond the window: 89005924.
        let later: [Step] = [.prompt(prompt, answer: "89005924")]
        #expect(play(later, Sample.request(), &store, at: 1_234_567_890) == accepted(.totp, left: 1))
        let told: [Step] =
            backup + [
                .info("twostep: backup code accepted, 0 left"),
                .info("twostep: ask your administrator for new backup codes"),
            ]
        #expect(play(told, Sample.request(), &store, at: 1_234_567_890) == accepted(.backupCode, "", left: 0))
    }
}
