import Testing

@testable import TwostepCore

/// Somebody without a record: asked, judged, locked, written and refused like anybody, on a record that is nobody's.
struct DecoyTests {
    private let prompt = "Verification code: "
    private let bob = Account(uid: 1001, name: Array("bob".utf8))
    /// RFC 4226's counter for `Sample.now`.
    private let step = Sample.now / 30

    private func play(_ answer: String, _ account: Account?, _ store: inout MemoryStore) -> Outcome {
        return playLogin([.prompt(prompt, answer: answer)], Sample.request(account), &store).outcome
    }

    /// What happens for somebody who has a record, with a wrong answer of each shape.
    @Test func theSameHappensAsForAnybody() throws {
        for answer in ["271828", "271828 182845", "AAAA-BBBB", "", "no code at all"] {
            var store = try Sample.store(Sample.record(digits: 6, backupCodes: [Sample.backupCode]))
            _ = play(answer, Sample.alice, &store)
            let expected = store.log
            for account in [nil, bob] {
                store = try Sample.store(Sample.record(digits: 6, backupCodes: [Sample.backupCode]))
                _ = play(answer, account, &store)
                let log = store.log.map { $0.replacing("decoy's ", with: "").replacing("decoy ", with: "") }
                #expect(log == expected, "\(answer)")
            }
        }
    }

    /// Also with the decoy's own codes, by whatever way somebody came by them.
    @Test func nobodyIsEverAccepted() throws {
        let app = Authenticator(key: Sample.decoyKey)
        for answer in [try app.code(step), try app.pair(step), Sample.decoyBackupCode] {
            for account in [nil, bob] {
                var store = try Sample.store(Sample.record(digits: 6))
                #expect(play(answer, account, &store) == .refused(account == nil ? .unknownUser : .notEnrolled))
                // It was right, and is spent.
                let (floor, left) = (store.decoy.tokens[0].floor, store.decoy.backupCodes.left)
                #expect(floor > step || left == 0)
            }
        }
    }

    @Test func noCodeOfSomebodyElseCounts() throws {
        let app = Authenticator(key: Sample.key)
        for answer in [try app.code(step), try app.pair(step), Sample.backupCode] {
            var store = try Sample.store(Sample.record(digits: 6, backupCodes: [Sample.backupCode]))
            #expect(play(answer, bob, &store) == .refused(.notEnrolled))
            let (floor, left) = (store.record?.tokens[0].floor, store.record?.backupCodes.left)
            #expect(floor == 0 && left == 1)
        }
    }

    /// A closed decoy looks like any other refusal, and its failures are kept like anybody's.
    @Test func failuresAreCharged() throws {
        var store = try Sample.store(nil)
        for _ in 0..<7 { #expect(play("271828", nil, &store) == .refused(.unknownUser)) }
        let failures = store.decoy.throttle.failures
        #expect(failures == 5)
    }

    /// With `nullok` the record was there at the first look, and is gone at the second: an error, not a stranger.
    @Test func aRecordThatVanishesIsAnErrorWhateverTheDecoySays() throws {
        let app = Authenticator(key: Sample.decoyKey)
        for answer in [try app.code(step), "271828"] {
            var store = try Sample.store(Sample.record())
            store.vanishes = true
            let request = Sample.request(nullok: true, requiredForAll: false)
            let played = playLogin([.prompt(prompt, answer: answer)], request, &store)
            #expect(played.outcome == .unavailable(StoreError(.recordVanished)))
        }
    }

    @Test func whatCannotBeWrittenIsAnErrorForEverybody() throws {
        for account in [nil, bob, Sample.alice] {
            var store = try Sample.store(Sample.record())
            store.writeFails = StoreError(.notWritable, cause: "EROFS")
            #expect(play("271828", account, &store) == .unavailable(StoreError(.notWritable, cause: "EROFS")))
        }
    }
}
