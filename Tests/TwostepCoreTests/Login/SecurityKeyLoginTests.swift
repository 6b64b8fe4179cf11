import Testing

@testable import TwostepCore

/// A security key that sshd has checked is the second step: nothing is asked, where it is registered.
struct SecurityKeyLoginTests {
    private let prompt = "Verification code: "
    private let key = Array("sk-ssh-ed25519@openssh.com AAAA".utf8)
    private let other = Array("sk-ssh-ed25519@openssh.com BBBB".utf8)

    private func record(_ state: Record.State = .active) throws -> Record {
        var record = try Sample.record()
        record.state = state
        let added = record.add(SecurityKey(label: Array("yubi".utf8), publicKey: key, created: 1))
        try #require(added)
        return record
    }

    private func play(_ steps: [Step], _ request: LoginRequest, _ store: inout MemoryStore) -> PlayedLogin {
        playLogin(steps, request, &store)
    }

    @Test func nothingIsAskedAndTheUseIsWritten() throws {
        var store = try Sample.store(record())
        let request = Sample.request(source: Source(.address, 1), securityKey: key)
        #expect(play([], request, &store).outcome == accepted(.securityKey, "yubi"))
        let log = store.log
        #expect(log == ["security key", "locked", "written"])
        let (used, sources) = (store.record?.securityKeys[0].lastUsed, store.record?.throttle.sources.count)
        #expect(used == Sample.now && sources == 1)
    }

    @Test func anyOtherKeyLeadsToThePrompt() throws {
        for (signed, account) in [(other, Sample.alice), (key, Account(uid: 1001, name: Array("bob".utf8)))] {
            var store = try Sample.store(record())
            let request = Sample.request(account, securityKey: signed)
            let played = play([.prompt(prompt, answer: Sample.code)], request, &store)
            #expect(played.outcome == (account == Sample.alice ? accepted(.totp) : .refused(.notEnrolled)))
        }
        // For a name that nobody has the store is not asked.
        var store = try Sample.store(record())
        let unknown = play([.prompt(prompt, answer: Sample.code)], Sample.request(nil, securityKey: key), &store)
        #expect(unknown.outcome == .refused(.unknownUser))
        let log = store.log
        #expect(log == ["decoy locked", "written"])
    }

    @Test(arguments: [Record.State.pending, .mustReenrol, .disabled])
    func aRecordThatIsNotActiveLeadsToThePrompt(state: Record.State) throws {
        var store = try Sample.store(record(state))
        let played = play([.prompt(prompt, answer: Sample.code)], Sample.request(securityKey: key), &store)
        let refusal: Refusal = state == .pending ? .notEnrolled : state == .disabled ? .disabled : .mustReenrol
        #expect(played.outcome == .refused(refusal))
    }

    @Test func aKeyThatIsRemovedMeanwhileLeadsToThePrompt() throws {
        var store = try Sample.store(record())
        let key = key
        store.before = { record in _ = record.removeSecurityKey(key) }
        let played = play([.prompt(prompt, answer: Sample.code)], Sample.request(securityKey: key), &store)
        #expect(played.outcome == accepted(.totp))
    }

    @Test func aRecordThatVanishesMeanwhileLeadsToThePrompt() throws {
        var store = try Sample.store(record())
        store.vanishes = true
        let played = play([.prompt(prompt, answer: Sample.code)], Sample.request(securityKey: key), &store)
        #expect(played.outcome == .refused(.notEnrolled))
    }

    @Test func troubleIsToldOnlyAfterTheAnswer() throws {
        let steps: [Step] = [.prompt(prompt, answer: Sample.code)]
        var store = try Sample.store(record())
        store.lookFails = StoreError(.keyUnreadable, cause: "EACCES")
        #expect(
            play(steps, Sample.request(securityKey: key), &store).outcome
                == .unavailable(StoreError(.keyUnreadable, cause: "EACCES")))
        store = try Sample.store(record())
        store.writeFails = StoreError(.notWritable, cause: "EROFS")
        #expect(
            play(steps, Sample.request(securityKey: key), &store).outcome
                == .unavailable(StoreError(.notWritable, cause: "EROFS")))
        store = try Sample.store(record())
        let trouble = Sample.request(securityKey: key, trouble: StoreError(.configInvalid))
        #expect(play(steps, trouble, &store).outcome == .unavailable(StoreError(.configInvalid)))
        let log = store.log
        #expect(log.isEmpty)
    }

    @Test func aDamagedSlotIsReportedAndCodesAreTakenCarefully() throws {
        var store = try Sample.store(record())
        store.health = .oneSlotDamaged
        let played = play([], Sample.request(securityKey: key), &store)
        #expect(played.outcome == accepted(.securityKey, "yubi"))
        #expect(played.reports == [LoginReport(outcome: played.outcome, slotDamaged: true)])
        let cautious = store.record?.cautious
        #expect(cautious == true)
    }
}
