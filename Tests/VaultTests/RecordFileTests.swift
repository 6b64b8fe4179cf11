import Crypto
import Foundation
import Testing

@testable import Linux
@testable import TwostepCore
@testable import Vault

/// The two slots: which one counts, and what damage does.
struct RecordFileTests {
    private let record = "store/users/1000"

    @Test func anUpdateIsReadBackAndTheFileNeverGrows() throws {
        let site = try TemporarySite()
        try site.enrol()
        for failures in 1...5 as ClosedRange<UInt32> {
            #expect(try site.setFailures(failures) == .sound)
            #expect(site.look() == .success(failures))
            #expect(try site.read(record).count == RecordFormat.fileSize)
        }
    }

    @Test func anUpdateTouchesOneSlotAndTheOtherOneNextTime() throws {
        let site = try TemporarySite()
        try site.enrol()
        var before = try site.read(record)
        var last: Int?
        for failures in 1...4 as ClosedRange<UInt32> {
            _ = try site.setFailures(failures)
            let after = try site.read(record)
            let changed = (0..<3).filter { block in
                let range = (block * 4096)..<((block + 1) * 4096)
                return before[range] != after[range]
            }
            #expect(changed == [1] || changed == [2])
            #expect(changed.first != last)
            last = changed.first
            before = after
        }
    }

    @Test func aDamagedNewerSlotLeavesTheOlderOneAndIsToldOnce() throws {
        let site = try TemporarySite()
        try site.enrol()
        _ = try site.setFailures(1)
        _ = try site.setFailures(2)
        var bytes = try site.read(record)
        // Creation left generation 2 in slot 1; the updates went to slots 0 and 1.
        bytes[2 * 4096 + 1000] ^= 1
        try site.write(record, bytes)
        #expect(site.look() == .success(1))
        #expect(try site.setFailures(7) == .oneSlotDamaged)
        #expect(try site.setFailures(8) == .sound)
        #expect(site.look() == .success(8))
    }

    /// Every single bit of the file: a flip is either refused or noticed, and never changes what is read unnoticed.
    @Test func everyFlippedBitIsNoticed() throws {
        let site = try TemporarySite()
        try site.enrol()
        _ = try site.setFailures(3)
        let file = SecretBytes(copying: Array(try site.read(record)).span)
        let crypto = try Libcrypto.load()
        let key = try readMasterKey(at: site.configuration.key, crypto: crypto)
        let id = try RecordFormat.readHeader(file.bytes.extracting(first: 4096))
        let slots = Slots(id: id, account: site.alice)
        var unnoticed: [Int] = []
        for bit in 0..<(RecordFormat.fileSize * 8) {
            // Inside a ciphertext one bit of each byte stands for all: GCM's tag covers every bit alike.
            let offset = (bit / 8) % 4096
            if bit / 8 >= 4096, offset >= 64, offset < 4064, bit % 8 != (bit / 8) % 8 { continue }
            var damaged = file.copy()
            var room = damaged.mutableBytes
            room[bit / 8] ^= 1 << UInt8(bit % 8)
            if !Self.isNoticed(damaged.bytes, slots, id, key: key, crypto: crypto) { unnoticed.append(bit) }
        }
        #expect(unnoticed.isEmpty)
    }

    private static func isNoticed(
        _ file: Span<UInt8>, _ slots: Slots, _ id: [UInt8], key: MasterKey, crypto: borrowing Libcrypto
    ) -> Bool {
        do {
            guard try RecordFormat.readHeader(file.extracting(first: 4096)) == id else { return true }
            return try slots.read(file, keys: Keyring(current: key), crypto: crypto).state.health == .oneSlotDamaged
        } catch {
            return true
        }
    }

    @Test func aRecordIsWorthNothingUnderAnotherUidNameOrKey() throws {
        let site = try TemporarySite()
        try site.enrol()
        let file = SecretBytes(copying: Array(try site.read(record)).span)
        let crypto = try Libcrypto.load()
        let key = try readMasterKey(at: site.configuration.key, crypto: crypto)
        let otherKey = try MasterKey(SecretBytes.random(32), crypto: crypto)
        let id = try RecordFormat.readHeader(file.bytes.extracting(first: 4096))
        for account in [
            Account(uid: 1001, name: site.alice.name), Account(uid: 1000, name: Array("alicf".utf8)),
            Account(uid: 1000, name: Array("alice ".utf8)), Account(uid: 1000, name: []),
        ] {
            let error = Self.failure(file.bytes, Slots(id: id, account: account), key: key, crypto: crypto)
            #expect(error == StoreError(.recordCorrupt, cause: "not-authentic"))
        }
        let foreign = Self.failure(file.bytes, Slots(id: id, account: site.alice), key: otherKey, crypto: crypto)
        #expect(foreign == StoreError(.recordCorrupt, cause: "other-key"))
        let right = Self.failure(file.bytes, Slots(id: id, account: site.alice), key: key, crypto: crypto)
        #expect(right == nil)
    }

    private static func failure(
        _ file: Span<UInt8>, _ slots: Slots, key: MasterKey, crypto: borrowing Libcrypto
    ) -> StoreError? {
        do throws(StoreError) {
            _ = try slots.read(file, keys: Keyring(current: key), crypto: crypto)
            return nil
        } catch {
            return error
        }
    }

    @Test func swappedSlotsAreWorthNothing() throws {
        let site = try TemporarySite()
        try site.enrol()
        let bytes = try site.read(record)
        try site.write(record, bytes[0..<4096] + bytes[8192..<12288] + bytes[4096..<8192])
        #expect(site.look() == .failure(StoreError(.recordCorrupt, cause: "not-authentic")))
    }

    @Test func aSlotFromLongAgoIsDamage() throws {
        let site = try TemporarySite()
        try site.enrol()
        let old = try site.read(record)
        for failures in 1...4 as ClosedRange<UInt32> { _ = try site.setFailures(failures) }
        var bytes = try site.read(record)
        // Slot 1 held the newest state; it is put back to the one from creation.
        bytes.replaceSubrange(8192..<12288, with: old[8192..<12288])
        try site.write(record, bytes)
        #expect(try site.setFailures(9) == .oneSlotDamaged)
    }
}
