import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// Records that say that enrolment is not complete: they prove that nobody enrolled, and another may take their place.
struct PendingTests {
    @Test(arguments: [
        (Record.State.pending, Standing.unenrolled), (.active, .enrolled), (.mustReenrol, .mustReenrol),
        (.disabled, .enrolled),
    ])
    func standing(_ state: Record.State, _ standing: Standing) throws {
        let site = try TemporarySite()
        #expect(site.standing() == .success(.unenrolled))
        try site.enrol(state)
        #expect(site.standing() == .success(standing))
        try FileManager.default.removeItem(atPath: site.path("store/users/1000"))
        #expect(site.standing() == .failure(StoreError(.recordMissing)))
    }

    /// The other slot may have said that enrolment is complete.
    @Test(arguments: [4096, 8192]) func aDamagedOneProvesNothing(slot: Int) throws {
        let site = try TemporarySite()
        try site.enrol(.pending)
        var file = try site.read("store/users/1000")
        file[slot + 100] ^= 1
        try site.write("store/users/1000", file)
        #expect(site.standing() == .success(.enrolled))
        // Nor does it once a login has mended it: LoginTests.
        for byte in [4096, 8192] { file[byte + 200] ^= 1 }
        try site.write("store/users/1000", file)
        #expect(site.standing() == .failure(StoreError(.recordCorrupt, cause: "not-authentic")))
    }

    /// Nor may its owner put another in its place, who has no more than the password. Root may.
    @Test(arguments: [4096, 8192]) func aDamagedOneIsForRoot(slot: Int) throws {
        let site = try TemporarySite()
        try site.enrol(.pending)
        var file = try site.read("store/users/1000")
        file[slot + 100] ^= 1
        try site.write("store/users/1000", file)
        #expect(throws: StoreError(.recordExists)) { try site.enrol(provingAbsence: true) }
        #expect(try site.read("store/users/1000") == file)
        try site.enrol()
        #expect(site.standing() == .success(.enrolled))
    }

    @Test(arguments: [Record.State.pending, .active, .mustReenrol, .disabled])
    func whatMayBeReplaced(_ state: Record.State) throws {
        let site = try TemporarySite()
        try site.enrol(state)
        let before = try site.read("store/users/1000")
        if state == .pending {
            try site.enrol()
            #expect(site.standing() == .success(.enrolled))
        } else {
            #expect(throws: StoreError(.recordExists)) { try site.enrol() }
            #expect(try site.read("store/users/1000") == before)
        }
    }

    @Test func whoeverWaitsForTheLockOpensTheNewOne() throws {
        let site = try TemporarySite()
        try site.enrol(.pending)
        guard let folder = Descriptor.folderWithoutLinks(at: Array(site.path("store/users").utf8)),
            let old = try RecordFile.openLocked(site.alice, in: folder)
        else { throw StoreError(.recordMissing) }
        let done = DispatchSemaphore(value: 0)
        let failure = Failing()
        Thread.detachNewThread {
            do { try site.enrol() } catch { failure.error = error }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 0.1) == .timedOut)
        #expect(site.standing() == .success(.unenrolled))
        release(old)
        done.wait()
        #expect(failure.error == nil && site.standing() == .success(.enrolled))
    }

    private func release(_ lock: consuming Descriptor) {}
}

/// @unchecked: one thread writes it, and the other one reads it after that has ended.
private final class Failing: @unchecked Sendable { var error: (any Error)? }
