import Testing

@testable import TwostepCore

/// Whoever may know is told before they type that single codes are not looked at just now.
struct ClosedPurseTests {
    private let prompt = Step.prompt("Verification code: ", answer: "x")
    private let told: [Step] = [
        .error("twostep: too many wrong codes; single codes count again in 15 min"),
        .error("twostep: type two codes in a row in one line, 123456 654321, or a backup code"),
    ]
    private let notACode: [Step] = [
        .error("twostep: that is not a code"),
        .error("twostep: type the digits your app shows, or a backup code like 7K3M-9QXZ"),
    ]
    private let home = Source(.address, 0xC000_0207)

    /// Alice's store: the world is closed out, and from `home` she has lately been let in.
    private func store(lookFails: StoreError? = nil) throws -> MemoryStore {
        var record = try Sample.record()
        record.throttle = Throttle(now: Sample.now)
        record.throttle.succeed(from: home, at: Sample.now)
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: Sample.now, duration: 900))
        var store = try Sample.store(record)
        store.lookFails = lookFails
        return store
    }

    private func play(_ steps: [Step], _ request: LoginRequest, _ store: inout MemoryStore) {
        _ = playLogin(steps, request, &store)
    }

    @Test func beforeEachPrompt() throws {
        var store = try store()
        play(told + [prompt] + notACode, Sample.request(explain: true), &store)
        #expect(store.diary.lines == ["throttle", "locked", "written"])
        play(
            told + [prompt] + notACode + told + [prompt] + notACode, Sample.request(explain: true, tries: 2), &store)
    }

    @Test func notFromWhereItIsOpen() throws {
        var store = try store()
        play([prompt] + notACode, Sample.request(explain: true, source: home), &store)
        play(told + [prompt] + notACode, Sample.request(explain: true, source: Source(.address, 1)), &store)
    }

    @Test func notWhereNobodyIsToBeToldOrAsked() throws {
        for request in [Sample.request(), Sample.request(explain: true, silent: true)] {
            var store = try store()
            play([prompt], request, &store)
            #expect(store.diary.lines == ["locked", "written"])
        }
        var store = try store()
        play([.firstPass("x")] + notACode, Sample.request(explain: true, firstPass: .only), &store)
    }

    @Test func aBudgetThatIsEmptyIsClosedToo() throws {
        var store = try store()
        store.record?.throttle.sources = []
        store.record?.throttle.worldPurse = Purse()
        store.record?.throttle.world.budget.spend(6_000)
        // One eight-digit code is one unit: 60 of them come in a day.
        let steps: [Step] = [.error("twostep: too many wrong codes; single codes count again in 24 min"), told[1]]
        play(steps + [prompt] + notACode, Sample.request(explain: true), &store)
    }

    @Test func aStoreThatCannotSayIsNoMatter() throws {
        var store = try store(lookFails: StoreError(.recordCorrupt))
        play([prompt] + notACode, Sample.request(explain: true), &store)
    }

    @Test func nobodyIsToldNothing() throws {
        var store = try store()
        let refused: [Step] = [
            .error("twostep: you have no second step set up here"),
            .error("twostep: ask your administrator to enrol you"),
        ]
        play([prompt] + refused, Sample.request(nil, explain: true), &store)
        #expect(store.diary.lines == ["decoy locked", "written"])
    }
}
