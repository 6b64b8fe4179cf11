import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// A rotation seen from inside: which key a file is under, what a store that was opened before does, what is left.
struct KeyRotationTests {
    private let record = "store/users/1000"
    private let rules = VerificationRules()

    private func key(_ site: TemporarySite, _ name: String = "key") throws -> MasterKey {
        try readMasterKey(at: Array(site.path(name).utf8), crypto: Libcrypto.load())
    }

    /// The key ids of both slots.
    private func slots(_ site: TemporarySite, _ name: String) throws -> [UInt64] {
        let bytes = [UInt8](try site.read(name))
        return (0..<2).map { Slots.keyID(of: $0, in: bytes.span) }
    }

    /// Does all that the command does.
    private func finish(_ rotation: borrowing KeyRotation, _ site: TemporarySite) throws {
        let files = try rotation.files()
        for decoy in files.decoys { _ = try rotation.reseal(decoy, rules: rules) { 1_000_000 } }
        #expect(files.uids == [1000])
        _ = try rotation.reseal(site.alice, rules: rules) { 1_000_000 }
        try rotation.resealIndex()
        let left = try rotation.remaining()
        #expect(left.isEmpty)
        try rotation.finish()
    }

    @Test func everythingIsUnderTheNewKeyAndNothingElseHasChanged() throws {
        let site = try TemporarySite()
        try site.enrol()
        _ = try site.setFailures(3)
        let old = try key(site)
        let rotation = try KeyRotation.start(site.configuration)
        let isResumed = rotation.isResumed
        #expect(!isResumed)
        let (new, kept) = (try key(site), try key(site, ".old-key"))
        #expect(new.id != old.id && kept.id == old.id)
        #expect(try KeyRotation.isUnfinished(site.configuration))
        #expect(site.look() == .success(3))
        try finish(rotation, site)
        #expect(try !KeyRotation.isUnfinished(site.configuration))
        let names = try FileManager.default.contentsOfDirectory(atPath: site.path("store/users"))
        #expect(names.count == 17)
        for name in names { #expect(try slots(site, "store/users/\(name)") == [new.id, new.id], "\(name)") }
        #expect(site.look() == .success(3))
        #expect(try site.setFailures(4) == .sound)
        var store = Store(site.configuration)
        let uids = try store.withOpen { (open) throws(StoreError) in try open.enrolledUIDs() }
        #expect(uids == [1000])
    }

    /// A login that is under way: it read the key before it was changed.
    @Test func aStoreThatWasOpenedBeforeGoesOn() throws {
        let site = try TemporarySite()
        try site.enrol()
        var store = Store(site.configuration)
        try store.withOpen { (open) throws(StoreError) in
            let rotation = try KeyRotation.start(site.configuration)
            // Before its turn, the record stays under the old key.
            _ = try open.update(site.alice) { (_, _, _) in RecordUpdate(.refused(.wrongCode), inBothSlots: true) }
            let opened = open.keys.current.id
            #expect((try? slots(site, record)) == [opened, opened])
            _ = try rotation.reseal(site.alice, rules: rules) { 1 }
            try rotation.resealIndex()
            // After it, under the new one: nobody takes it back.
            for _ in 0..<2 {
                let update = try open.update(site.alice) { (record, health, _) in
                    #expect(health == .sound)
                    record.throttle.worldPurse = Purse(failures: 5)
                    return RecordUpdate(.refused(.wrongCode), inBothSlots: false)
                }
                #expect(update != nil)
            }
            let uids = try open.enrolledUIDs()
            #expect(uids == [1000])
            let left = try rotation.remaining()
            #expect(left.allSatisfy { String(decoding: $0, as: UTF8.self).hasPrefix("decoy-") })
        }
        #expect(site.look() == .success(5))
        let new = try key(site).id
        #expect(try slots(site, record) == [new, new])
    }

    /// Whoever enrols holds the store's lock, and reads the key under it.
    @Test func whoIsEnrolledMeanwhileIsUnderTheNewKey() throws {
        let site = try TemporarySite()
        var store = Store(site.configuration)
        try store.withOpen { (open) throws(StoreError) in
            _ = try KeyRotation.start(site.configuration)
            do throws(EnrolmentError) {
                try open.create(site.alice, Record(state: .active, confirmed: true, created: 1, changed: 1))
            } catch {
                throw StoreError(.recordCorrupt)
            }
            let rotation = try KeyRotation.start(site.configuration)
            let isResumed = rotation.isResumed
            let left = try rotation.remaining()
            let resealed = try rotation.reseal(site.alice, rules: rules) { 1 }
            #expect(isResumed && !left.contains(Array("1000".utf8)) && resealed == .wasDone)
        }
        #expect(site.look() == .success(0))
    }

    @Test func aRotationThatWasBegunIsTakenUp() throws {
        let site = try TemporarySite()
        try site.enrol()
        // The old key was copied, and nothing more.
        try FileManager.default.copyItem(atPath: site.path("key"), toPath: site.path(".old-key"))
        let old = try key(site)
        do {
            let rotation = try KeyRotation.start(site.configuration)
            let (isResumed, new) = (rotation.isResumed, try key(site))
            #expect(!isResumed && new.id != old.id)
            _ = try rotation.reseal(site.alice, rules: rules) { 1 }
        }
        let new = try key(site)
        let rotation = try KeyRotation.start(site.configuration)
        let (isResumed, now) = (rotation.isResumed, try key(site))
        let resealed = try rotation.reseal(site.alice, rules: rules) { 1 }
        #expect(isResumed && now.id == new.id && resealed == .wasDone)
        try finish(rotation, site)
        #expect(site.look() == .success(0))
    }

    @Test func twoAtOnceAreOne() throws {
        let site = try TemporarySite()
        let rotation = try KeyRotation.start(site.configuration)
        let before = try key(site).id
        #expect(throws: StoreError(.lockTimeout, cause: "init")) { _ = try KeyRotation.start(site.configuration) }
        #expect(try key(site).id == before)
        _ = rotation.isResumed
    }

    /// Killed between the two slots of a record.
    @Test func aHalfResealedRecordIsSoundAndFinished() throws {
        let site = try TemporarySite()
        try site.enrol()
        let before = try site.read(record)
        let rotation = try KeyRotation.start(site.configuration)
        let first = try rotation.reseal(site.alice, rules: rules) { 1 }
        #expect(first == .done)
        let (old, new) = (try key(site, ".old-key").id, try key(site).id)
        var half = try site.read(record)
        half.replaceSubrange(8192..<12288, with: before[8192..<12288])
        try site.write(record, half)
        #expect(try slots(site, record) == [new, old])
        #expect(site.look() == .success(0))
        let after = try rotation.reseal(site.alice, rules: rules) { 1 }
        #expect(after == .done)
        #expect(try slots(site, record) == [new, new])
        #expect(try site.setFailures(1) == .sound)
    }

    /// What one damaged slot may have forgotten is allowed for before both are written over.
    @Test func aDamagedRecordIsCautiousAfterwards() throws {
        let site = try TemporarySite()
        try site.enrol()
        var bytes = try site.read(record)
        bytes[2 * 4096 + 1000] ^= 1
        try site.write(record, bytes)
        let rotation = try KeyRotation.start(site.configuration)
        let resealed = try rotation.reseal(site.alice, rules: rules) { 1_000_000 }
        #expect(resealed == .mended)
        var store = Store(site.configuration)
        let cautious = try store.withOpen { (open) throws(StoreError) in try open.peek(site.alice) { $0.cautious } }
        #expect(cautious == true)
    }

    @Test func anUnreadableRecordKeepsTheOldKey() throws {
        let site = try TemporarySite()
        try site.enrol()
        let rotation = try KeyRotation.start(site.configuration)
        let renamed = Account(uid: 1000, name: Array("alicia".utf8))
        var problem: StoreError?
        do throws(StoreError) { _ = try rotation.reseal(renamed, rules: rules) { 1 } } catch { problem = error }
        #expect(problem == StoreError(.recordCorrupt, cause: "not-authentic"))
        let left = try rotation.remaining()
        #expect(left.contains(Array("1000".utf8)))
    }
}

/// Which questions somebody is asked is no business of the master key's.
struct QuestionKeyTests {
    private func questions(_ site: TemporarySite) throws -> [[UInt8]] {
        let list = (0..<50).map { Array("Question \($0)?".utf8) }
        var store = Store(site.configuration)
        return try store.withOpen { (open) throws(StoreError) in
            try open.securityQuestions(for: site.alice.name, of: list)
        }
    }

    @Test func itOutlivesARotationAndIsTheStoresOwn() throws {
        let site = try TemporarySite()
        let before = try questions(site)
        let rotation = try KeyRotation.start(site.configuration)
        #expect(try questions(site) == before)
        try rotation.resealIndex()
        for decoy in try rotation.files().decoys { _ = try rotation.reseal(decoy, rules: VerificationRules()) { 1 } }
        try rotation.finish()
        #expect(try questions(site) == before)
        let others = try (0..<3).map { _ in try questions(TemporarySite()) }
        #expect(others.contains { $0 != before })
    }
}
