import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// The records of nobody in a real store: there from the beginning, always the same one for a name, never missed.
struct DecoyTests {
    private let unknown = Array("mallory".utf8)

    private func decoys(_ site: TemporarySite) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: site.path("store/users")).filter { $0.hasPrefix("decoy-") }
            .sorted()
    }

    /// What judging a wrong code for somebody gives, and which files of the store it changed.
    private func judge(
        _ subject: LoginSubject, _ site: TemporarySite
    ) throws -> (verdict: Verdict?, isDecoy: Bool?, error: StoreError?, changed: [String]) {
        let names = try FileManager.default.contentsOfDirectory(atPath: site.path("store/users")).sorted()
        let before = try names.map { try site.read("store/users/\($0)") }
        var store = Store(site.configuration)
        var found: (Verdict?, Bool?, StoreError?) = (nil, nil, nil)
        do throws(StoreError) {
            let updated = try store.update(subject) { (record, _, crypto) throws(CryptoError) in
                let code = TypedCode.read(Array("271828".utf8).span)
                let attempt = Attempt(code: code, backupHash: SecretBytes(capacity: 0), source: nil)
                return RecordUpdate(
                    try verify(&record, attempt, rules: .init(), now: 1_700_000_000, crypto: crypto), inBothSlots: false
                )
            }
            found = (updated.verdict, updated.isDecoy, nil)
        } catch {
            found.2 = error
        }
        let after = try names.map { try site.read("store/users/\($0)") }
        let changed = names.indices.filter { before[$0] != after[$0] }.map { names[$0] }
        return (found.0, found.1, found.2, changed)
    }

    @Test func aStoreHasSixteenLikeAnybodysRecord() throws {
        let site = try TemporarySite()
        let names = try decoys(site)
        #expect(names == (0..<16).map { String(format: "decoy-%02d", $0) })
        let attributes = try names.map {
            try FileManager.default.attributesOfItem(atPath: site.path("store/users/\($0)"))
        }
        try site.enrol()
        let alices = try FileManager.default.attributesOfItem(atPath: site.path("store/users/1000"))
        for attribute in [FileAttributeKey.size, .posixPermissions, .ownerAccountID, .groupOwnerAccountID] {
            for decoy in attributes { #expect(decoy[attribute] as? Int == alices[attribute] as? Int) }
        }
        // No two have the same secrets: one that leaked would otherwise tell the others.
        let texts = try names.map { try site.read("store/users/\($0)") }
        #expect(Set(texts).count == 16)
    }

    @Test func aNameAlwaysHasTheSameOneAndItIsLockedAndWritten() throws {
        let site = try TemporarySite()
        let subject = LoginSubject(account: nil, name: unknown)
        let first = try judge(subject, site)
        #expect(first.verdict == .refused(.wrongCode) && first.isDecoy == true)
        #expect(first.changed.count == 1 && first.changed[0].hasPrefix("decoy-"))
        for _ in 0..<3 { #expect(try judge(subject, site).changed == first.changed) }
        // It remembers failures like anybody's.
        let fifth = try judge(subject, site)
        #expect(fifth.verdict == .refused(.wrongCode))
        #expect(try judge(subject, site).verdict == .refused(.locked(until: 1_700_000_900)))
    }

    @Test func namesAreSpreadOverThemByTheSitesKey() throws {
        let (site, other) = (try TemporarySite(), try TemporarySite())
        var here: [String] = []
        var there: [String] = []
        for number in 0..<200 {
            let subject = LoginSubject(account: nil, name: Array("user\(number)".utf8))
            here += try judge(subject, site).changed
            if number < 40 { there += try judge(subject, other).changed }
        }
        #expect(here.count == 200 && Set(here).count == 16)
        #expect(Array(here.prefix(40)) != there)
    }

    @Test func whoIsKnownAndNotEnrolledHasOneToo() throws {
        let site = try TemporarySite()
        let bob = Account(uid: 1001, name: Array("bob".utf8))
        let found = try judge(LoginSubject(account: bob, name: bob.name), site)
        #expect(found.verdict == .refused(.wrongCode) && found.isDecoy == true && found.changed.count == 1)
        // Whoever is enrolled has their own.
        try site.enrol()
        let alice = try judge(LoginSubject(account: site.alice, name: site.alice.name), site)
        #expect(alice.isDecoy == false && alice.changed == ["1000"])
    }

    /// Law 3: a decoy stands for a proven absence only.
    @Test func whoseRecordIsLostIsAnErrorAndNotNobody() throws {
        let site = try TemporarySite()
        try site.enrol()
        try FileManager.default.removeItem(atPath: site.path("store/users/1000"))
        let found = try judge(LoginSubject(account: site.alice, name: site.alice.name), site)
        #expect(found.error == StoreError(.recordMissing) && found.verdict == nil)
        for name in ["store/index", "store/marker"] {
            let bob = Account(uid: 1001, name: Array("bob".utf8))
            try FileManager.default.removeItem(atPath: site.path(name))
            #expect(try judge(LoginSubject(account: bob, name: bob.name), site).verdict == nil)
        }
    }

    @Test func theirBackupCodesCostWhatTheSitesCost() throws {
        for cost in [10, 11] {
            let site = try TemporarySite(initialised: false)
            site.configuration.bcryptCost = cost
            _ = try site.initialise()
            var store = Store(site.configuration)
            for account in [nil, Account(uid: 1001, name: Array("bob".utf8))] {
                let setting = try store.backupSetting(of: LoginSubject(account: account, name: unknown))
                #expect(Array(setting.prefix(7)) == Array("$2b$\(cost)$".utf8) && setting.count == Bcrypt.settingSize)
            }
        }
        // Who is enrolled without backup codes pays the same.
        let site = try TemporarySite()
        try site.enrol()
        var store = Store(site.configuration)
        let setting = try store.backupSetting(of: LoginSubject(account: site.alice, name: site.alice.name))
        #expect(Array(setting.prefix(7)) == Array("$2b$12$".utf8))
    }

    @Test func oneThatIsMissingIsAnErrorAndInitPutsItBack() throws {
        let site = try TemporarySite()
        let subject = LoginSubject(account: nil, name: unknown)
        let name = try judge(subject, site).changed[0]
        try FileManager.default.removeItem(atPath: site.path("store/users/\(name)"))
        let missing = StoreError(.recordMissing, cause: "decoy")
        #expect(try judge(subject, site).error == missing)
        var store = Store(site.configuration)
        #expect(throws: missing) { _ = try store.backupSetting(of: subject) }
        let others = try decoys(site).map { try site.read("store/users/\($0)") }
        #expect(try !site.initialise().madeStore)
        #expect(try judge(subject, site).changed == [name])
        // The others are the ones they were.
        let kept = try decoys(site).filter { $0 != name }.map { try site.read("store/users/\($0)") }
        #expect(kept == others)
    }

    @Test func nobodyIsEnrolledAsOne() throws {
        let site = try TemporarySite()
        try site.enrol()
        var store = Store(site.configuration)
        let uids = try store.withOpen { (open) throws(StoreError) in try open.enrolledUIDs() }
        #expect(uids == [1000])
        // An account may be called like one: it has a uid, and so a file, of its own.
        let named = Account(uid: 1002, name: Array("decoy-00".utf8))
        #expect(RecordFile.name(of: named) == Array("1002".utf8) && !Decoys.isDecoy(named))
        let found = try judge(LoginSubject(account: named, name: named.name), site)
        #expect(found.isDecoy == true)
    }
}
