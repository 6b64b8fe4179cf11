import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// Proof of absence, initialising, and what is never done.
struct StoreTests {
    @Test func absenceIsProvenByMarkerAndIndexOnly() throws {
        let site = try TemporarySite()
        #expect(site.look() == .success(nil))
        try site.enrol()
        #expect(site.look() == .success(0))
        try FileManager.default.removeItem(atPath: site.path("store/users/1000"))
        #expect(site.look() == .failure(StoreError(.recordMissing)))
    }

    @Test(arguments: [
        ("store", StoreError.Reason.storeMissing), ("store/users", .storeMissing), ("store/marker", .markerMissing),
        ("store/index", .indexMissing), ("key", .keyMissing),
    ])
    func whateverIsMissingProvesNothing(name: String, reason: StoreError.Reason) throws {
        let site = try TemporarySite()
        try FileManager.default.removeItem(atPath: site.path(name))
        guard case .failure(let error) = site.look() else {
            Issue.record("absence was believed without \(name)")
            return
        }
        #expect(error.reason == reason)
    }

    @Test func anIndexOfAnotherStoreIsWorthNothing() throws {
        let (site, other) = (try TemporarySite(), try TemporarySite())
        try site.write("key", try other.read("key"))
        #expect(site.look() == .failure(StoreError(.markerCorrupt, cause: "other-key")))
        try site.write("store/marker", try other.read("store/marker"))
        #expect(site.look() == .failure(StoreError(.indexCorrupt, cause: "other-key")))
    }

    @Test func anIndexUnderTheSameKeyButOfAnotherStoreIsWorthNothing() throws {
        let site = try TemporarySite()
        let index = try site.read("store/index")
        for name in ["store/marker", "store/index"] { try FileManager.default.removeItem(atPath: site.path(name)) }
        #expect(try site.initialise(newStore: true).madeStore)
        try site.write("store/index", index)
        #expect(site.look() == .failure(StoreError(.indexCorrupt, cause: "not-authentic")))
    }

    @Test func initialisingTwiceChangesNothing() throws {
        let site = try TemporarySite(initialised: false)
        let first = try site.initialise()
        #expect(first.madeKey && first.madeStore && first.madeConfiguration)
        let before = try ["key", "store/marker", "store/index", "twostep.conf"].map(site.read)
        #expect(try site.initialise() == InitialisedFiles())
        #expect(try ["key", "store/marker", "store/index", "twostep.conf"].map(site.read) == before)
    }

    @Test func noKeyIsEverMadeWhereThereIsAStore() throws {
        let site = try TemporarySite()
        try FileManager.default.removeItem(atPath: site.path("key"))
        #expect(throws: StoreError(.keyMissing, cause: "store-exists")) { _ = try site.initialise() }
        #expect(!FileManager.default.fileExists(atPath: site.path("key")))
    }

    /// An unmounted disk leaves an empty folder, or none: an empty store in its place would say that nobody enrolled.
    @Test(arguments: [true, false])
    func noStoreIsMadeUnasked(folderIsThere: Bool) throws {
        let site = try TemporarySite()
        try site.enrol()
        try FileManager.default.moveItem(atPath: site.path("store"), toPath: site.path("elsewhere"))
        if folderIsThere {
            try FileManager.default.createDirectory(
                atPath: site.path("store"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
        #expect(throws: StoreError(.storeMissing, cause: "key-exists")) { _ = try site.initialise() }
        guard case .failure(let error) = site.look() else {
            Issue.record("absence was believed without a store")
            return
        }
        #expect(error.reason == .storeMissing)
        #expect(try site.initialise(newStore: true).madeStore)
        #expect(site.look() == .success(nil))
    }

    @Test func aStoreThatLostItsMarkerIsNotMadeAnew() throws {
        let site = try TemporarySite()
        try FileManager.default.removeItem(atPath: site.path("store/marker"))
        #expect(try !site.initialise().madeStore)
        #expect(site.look() == .failure(StoreError(.markerMissing)))
    }

    @Test func nobodyIsEnrolledTwice() throws {
        let site = try TemporarySite()
        try site.enrol()
        let before = try site.read("store/users/1000")
        #expect(throws: StoreError(.recordExists)) { try site.enrol() }
        #expect(try site.read("store/users/1000") == before)
    }

    @Test func theIndexIsSortedAndBounded() throws {
        let uids: [UInt32] = [0, 1, 1000, .max]
        let text = IndexCodec.encode(uids)
        let back = try IndexCodec.decode(text.bytes)
        #expect(back == uids)
        for bad in [[0, 0, 0, 1], [0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0], [255, 255, 255, 255]] as [[UInt8]] {
            let refused = (try? IndexCodec.decode(bad.span)) == nil
            #expect(refused)
        }
    }

    @Test func nonPlainPathsAreRefused() {
        for path in ["", "/", "a", "/a/", "//a", "/a/./b", "/a/../b", "/a\0b"] {
            #expect(!isPlainPath(Array(path.utf8)), "\(path)")
        }
        #expect(isPlainPath(Array("/a/b.c".utf8)))
    }
}
