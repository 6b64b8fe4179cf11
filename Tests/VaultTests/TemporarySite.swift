import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// A site of a test's own, under a folder whose whole path is root's; gone with the value.
/// @unchecked: it is written while it is made, by one thread.
final class TemporarySite: @unchecked Sendable {
    let folder: String
    var configuration = Configuration()
    let alice = Account(uid: 1000, name: Array("alice".utf8))

    init(initialised: Bool = true) throws {
        try #require(geteuid() == 0, "these tests need root: a store that is not root's is refused")
        folder = "/var/lib/twostep-unit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        configuration.store = Array("\(folder)/store".utf8)
        configuration.key = Array("\(folder)/key".utf8)
        if initialised { _ = try initialise() }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func initialise(newStore: Bool = false) throws -> InitialisedFiles {
        try Initialising.run(
            configuration, configurationPath: Array(path("twostep.conf").utf8), template: Array("# new\n".utf8),
            newStore: newStore)
    }

    /// Gives Alice a TOTP token (RFC 6238's SHA-1 key, 8 digits).
    func enrol(_ state: Record.State = .active, provingAbsence: Bool = false) throws {
        var record = Record(state: state, confirmed: true, created: 1, changed: 1)
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 8, period: 30, created: 1, label: [], key: 0..<0)
        let key = Array("12345678901234567890".utf8)
        let added = record.add(token, key: key.span)
        try #require(added)
        var store = Store(configuration)
        try store.withOpen { (open) throws(StoreError) in
            do throws(EnrolmentError) { try open.create(alice, record, provingAbsence: provingAbsence) } catch {
                if case .store(let error) = error { throw error }
                throw StoreError(.recordExists)
            }
        }
    }

    /// How Alice stands, or the error.
    func standing() -> Result<Standing, StoreError> {
        var store = Store(configuration)
        do throws(StoreError) { return .success(try store.standing(of: alice)) } catch { return .failure(error) }
    }

    /// What reading Alice's record gives: its failures in a row, nil for proven absence, or the error.
    func look() -> Result<UInt32?, StoreError> {
        var store = Store(configuration)
        do throws(StoreError) {
            return .success(
                try store.withOpen { (open) throws(StoreError) in try open.peek(alice) { $0.throttle.failures } })
        } catch {
            return .failure(error)
        }
    }

    /// Writes Alice's record with this many failures; how whole it was before.
    func setFailures(_ failures: UInt32) throws -> RecordHealth? {
        var store = Store(configuration)
        var found: RecordHealth?
        _ = try store.update(LoginSubject(account: alice, name: alice.name)) { (record, health, _) in
            found = health
            record.throttle.worldPurse = Purse(failures: failures)
            return RecordUpdate(.refused(.wrongCode), inBothSlots: false)
        }
        return found
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    /// Replaces a file's bytes, keeping owner and mode.
    func write(_ name: String, _ bytes: Data) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path(name)))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }
}
