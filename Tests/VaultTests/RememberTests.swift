import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// Remembered logins in the store: what ends them.
struct RememberTests {
    private let site: TemporarySite
    private let login = RecurringLogin(text: Array("a login".utf8), period: 3600, now: 5000)

    init() throws {
        site = try TemporarySite()
        try site.enrol()
    }

    private var subject: LoginSubject { LoginSubject(account: site.alice, name: site.alice.name) }

    private func recall(_ login: RecurringLogin? = nil, of subject: LoginSubject? = nil) throws -> Recalled {
        var store = Store(site.configuration)
        return try store.recall(login ?? self.login, of: subject ?? self.subject)
    }

    /// As a login does whose code was accepted.
    private func remember() throws {
        let mark = try recall().mark
        var store = Store(site.configuration)
        _ = try store.update(subject) { (record, _, _) in
            record.remember(mark, at: 4000)
            return RecordUpdate(.refused(.wrongCode), inBothSlots: false)
        }
        #expect(try recall().isRemembered)
    }

    private func change(_ change: RecordChange<Void>) throws {
        var store = Store(site.configuration)
        try store.withOpen { (open) throws(StoreError) in
            _ = try open.change(site.alice) { (_, _, _) in change }
        }
    }

    @Test func ofThisLoginAndThisUserAlone() throws {
        #expect(try !recall().isRemembered)
        try remember()
        #expect(try !recall(RecurringLogin(text: Array("a logim".utf8), period: 3600, now: 5000)).isRemembered)
        #expect(try !recall(RecurringLogin(text: login.text, period: 1000, now: 5000)).isRemembered)
        let bob = LoginSubject(account: Account(uid: 1001, name: Array("bob".utf8)), name: Array("bob".utf8))
        #expect(try !recall(of: bob).isRemembered)
        #expect(try !recall(of: LoginSubject(account: nil, name: Array("mallory".utf8))).isRemembered)
        // A login that has nothing to do with it leaves it as it is.
        _ = try site.setFailures(3)
        #expect(try recall().isRemembered)
    }

    @Test func anyChangeEndsItInBothSlots() throws {
        try remember()
        try change(.leave(()))
        #expect(try recall().isRemembered)
        try change(.save(()))
        #expect(try !recall().isRemembered)
        // Without the newer slot the older one says so too.
        let bytes = try site.read("store/users/1000")
        for slot in [1, 2] {
            var damaged = bytes
            damaged[slot * 4096 + 100] ^= 1
            try site.write("store/users/1000", damaged)
            #expect(try site.setFailures(0) == .oneSlotDamaged)
            #expect(try !recall().isRemembered)
        }
    }

    @Test func aDamagedSlotEndsIt() throws {
        try remember()
        let bytes = try site.read("store/users/1000")
        for slot in [1, 2] {
            var damaged = bytes
            damaged[slot * 4096 + 100] ^= 1
            try site.write("store/users/1000", damaged)
            #expect(try !recall().isRemembered)
        }
        try site.write("store/users/1000", bytes)
        #expect(try recall().isRemembered)
    }

    @Test func itIsNotKeptUnderAnotherKey() throws {
        try remember()
        let before = try recall().mark
        let other = try TemporarySite()
        try other.enrol()
        var store = Store(other.configuration)
        #expect(try store.recall(login, of: subject).mark != before)
    }
}
