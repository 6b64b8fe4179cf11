import Crypto
import Testing

@testable import TwostepCore

/// Random records come back; whatever is cut off or flipped is refused, or is a record of its own with one spelling.
struct RecordCodecHostileTests {
    private static func pause(_ generator: inout SeededGenerator) -> Pause {
        Pause(
            since: .random(in: 0...(1 << 40), using: &generator), duration: .random(in: 0...86_400, using: &generator),
            again: Bool.random(using: &generator) ? 0 : .random(in: 1...(1 << 40), using: &generator))
    }

    private static func purse(_ generator: inout SeededGenerator) -> Purse {
        Purse(failures: .random(in: 0...UInt32.max, using: &generator), closure: pause(&generator))
    }

    private static func throttle(_ generator: inout SeededGenerator) -> Throttle {
        var throttle = Throttle(now: 0)
        throttle.worldPurse = purse(&generator)
        for place in [Throttle.Place.world, .known(0)] {
            let group: Budget.Group = place == .world ? .world : .known
            let level = Int64.random(in: 0...(group.capacity * 86_400), using: &generator)
            var share = Throttle.Share(Budget(group, level: level, at: .random(in: 0...(1 << 40), using: &generator)))
            share.pairs = pause(&generator)
            share.backupCodes = pause(&generator)
            throttle[share: place] = share
        }
        let kinds: [Source.Kind] = [.uid, .console, .address, .network]
        for number in 0..<UInt64.random(in: 0...8, using: &generator) {
            let kind = kinds.randomElement(using: &generator) ?? .uid
            throttle.sources.append(
                Throttle.KnownSource(
                    Source(kind, .random(in: 0...UInt64.max / 16, using: &generator) * 16 + number),
                    lastSuccess: .random(in: 0...(1 << 40), using: &generator), purse: purse(&generator)))
        }
        return throttle
    }

    static func random(_ generator: inout SeededGenerator) throws -> Record {
        let states: [Record.State] = [.pending, .active, .mustReenrol, .disabled]
        var record = Record(
            state: states.randomElement(using: &generator) ?? .active, confirmed: .random(using: &generator),
            created: .random(in: 0...(1 << 40), using: &generator),
            changed: .random(in: 0...(1 << 40), using: &generator))
        record.cautious = .random(using: &generator)
        record.throttle = throttle(&generator)
        for id in 0..<Int.random(in: 0...8, using: &generator) {
            var token = Token(
                id: UInt32(id) + 1, kind: .random(using: &generator) ? .totp : .hotp,
                algorithm: HashAlgorithm.allCases.randomElement(using: &generator) ?? .sha1,
                digits: .random(in: 6...8, using: &generator), period: .random(in: 15...120, using: &generator),
                floor: .random(in: 0...Token.counterLimit, using: &generator),
                drift: .random(in: -10...10, using: &generator), created: .random(in: 0...(1 << 40), using: &generator),
                lastUsed: .random(in: 0...(1 << 40), using: &generator),
                label: generator.bytes(.random(in: 0...64, using: &generator)), key: 0..<0)
            token.lean = .random(in: -1...1, using: &generator)
            let key = generator.bytes(.random(in: 1...128, using: &generator))
            let added = record.add(token, key: key.span)
            try #require(added)
        }
        if Bool.random(using: &generator) {
            record.backupCodes.setting = generator.bytes(Bcrypt.settingSize)
            for _ in 0..<Int.random(in: 1...10, using: &generator) {
                record.backupCodes.entries.append(
                    BackupCodeSet.Entry(
                        tail: generator.bytes(BackupCodeSet.tailSize),
                        spentAt: .random(using: &generator) ? 0 : .random(in: 1...(1 << 40), using: &generator)))
            }
        }
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let key = SecurityKey(
                label: generator.bytes(.random(in: 0...32, using: &generator)),
                publicKey: generator.bytes(.random(in: 1...256, using: &generator)),
                created: .random(in: 0...(1 << 40), using: &generator),
                lastUsed: .random(in: 0...(1 << 40), using: &generator))
            let added = record.add(key)
            try #require(added)
        }
        var appendix = Appendix()
        for tag in Appendix.Tag.allCases where Bool.random(using: &generator) {
            let section = generator.bytes(.random(in: 1...200, using: &generator))
            let isSet = appendix.set(tag, to: SecretBytes(copying: section.span))
            try #require(isSet)
        }
        record.setAppendix(appendix)
        return record
    }

    @Test func randomRecordsComeBack() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<300 {
            let record = try Self.random(&generator)
            let back = try record.copy()
            let (state, confirmed, cautious) = (back.state, back.confirmed, back.cautious)
            #expect(state == record.state && confirmed == record.confirmed && cautious == record.cautious)
            let (created, changed) = (back.created, back.changed)
            #expect(created == record.created && changed == record.changed)
            let (throttle, tokens) = (back.throttle, back.tokens)
            #expect(throttle == record.throttle && tokens == record.tokens)
            let (codes, keys) = (back.backupCodes, back.securityKeys)
            #expect(codes == record.backupCodes && keys == record.securityKeys)
            let sameAppendix = equalInConstantTime(back.appendix.bytes, record.appendix.bytes)
            #expect(sameAppendix)
            for token in tokens {
                let mine = record.withKey(of: token) { SecretBytes(copying: $0) }
                let same = back.withKey(of: token) { equalInConstantTime($0, mine.bytes) }
                #expect(same)
            }
        }
    }

    /// What bytes are to the codec: a record whose bytes they are, or an error; nothing else and no trap.
    private static func isCanonicalOrRefused(_ bytes: Span<UInt8>) -> Bool {
        let record: Record
        do throws(DecodeError) { record = try RecordCodec.decode(bytes) } catch { return true }
        guard let again = RecordCodec.encode(record, size: bytes.count) else { return false }
        return equalInConstantTime(again.bytes, bytes)
    }

    /// As many bytes as the record takes, and some zeroes.
    private static func text(_ record: borrowing Record) throws -> SecretBytes {
        let text = try record.encoded()
        var used = text.count
        while used > 0, text.bytes[used - 1] == 0 { used -= 1 }
        return SecretBytes(copying: text.bytes.extracting(first: used + 12))
    }

    /// The bits, of those that `isLookedAt` takes, whose flipping gives a record with another spelling.
    private static func misread(_ record: borrowing Record, where isLookedAt: (Int) -> Bool) throws -> [Int] {
        var text = try text(record)
        var failed: [Int] = []
        for bit in 0..<(text.count * 8) where isLookedAt(bit) {
            var room = text.mutableBytes
            room[bit / 8] ^= 1 << UInt8(bit % 8)
            if !isCanonicalOrRefused(text.bytes) { failed.append(bit) }
            room = text.mutableBytes
            room[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        return failed
    }

    /// Every bit of a record that has something of everything.
    @Test func everyFlippedBitIsRefusedOrMeansWhatItSays() throws {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 2)
        try record.addToken(kind: .totp, key: [1, 2, 3])
        try record.addToken(kind: .hotp, digits: 8, algorithm: .sha512, floor: 77, key: [4])
        record.backupCodes.setting = [UInt8](repeating: 0x24, count: Bcrypt.settingSize)
        for spentAt in [0, 9] as [Int64] {
            let tail = [UInt8](repeating: 0x2E, count: BackupCodeSet.tailSize)
            record.backupCodes.entries.append(BackupCodeSet.Entry(tail: tail, spentAt: spentAt))
        }
        let added = record.add(SecurityKey(label: [0x61], publicKey: [1, 2], created: 3))
        try #require(added)
        var appendix = Appendix()
        let isSet = appendix.set(.enrolment, to: SecretBytes(zeroes: 3))
        try #require(isSet)
        record.setAppendix(appendix)
        record.throttle.worldPurse = Purse(failures: 5, closure: Pause(since: 9, duration: 86_400, again: 3))
        record.throttle.known.pairs = Pause(since: 9, duration: 20)
        for number in 1...2 as ClosedRange<UInt64> { record.throttle.succeed(from: Source(.network, number), at: 5) }
        let failed = try Self.misread(record) { _ in true }
        #expect(failed.isEmpty)
    }

    @Test func flippedBitsOfRandomRecordsLikewise() throws {
        var generator = SeededGenerator(seed: 3)
        for first in 0..<4 {
            let record = try Self.random(&generator)
            let failed = try Self.misread(record) { $0 % 23 == first }
            #expect(failed.isEmpty)
        }
    }

    @Test func everyTruncationIsRefusedOrMeansWhatItSays() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<6 {
            let record = try Self.random(&generator)
            let text = try Self.text(record)
            var failed: [Int] = []
            for length in 0...text.count where !Self.isCanonicalOrRefused(text.bytes.extracting(first: length)) {
                failed.append(length)
            }
            #expect(failed.isEmpty)
        }
    }

    /// One value beyond each bound of the throttle, at its place in the bytes.
    @Test func noValueBeyondItsBoundsIsRead() throws {
        let record = try Sample.record()
        // Of the plaintext: the world's purse begins at 20, its closure's duration at 32; the world's budget at 44.
        let places: [(offset: Int, bytes: [UInt8])] = [
            (32, [0, 1, 0x51, 0x81]), (24, [0x80, 0, 0, 0, 0, 0, 0, 0]), (36, [0x40, 0, 0, 0, 0, 0, 0, 1]),
            (44, [0, 0, 0, 0, 0x1E, 0xE6, 0x28, 0x01]), (44, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ]
        for (offset, bytes) in places {
            var text = try record.encoded()
            var room = text.mutableBytes
            for (index, byte) in bytes.enumerated() { room[offset + index] = byte }
            let refused = (try? RecordCodec.decode(text.bytes).created) == nil
            #expect(refused, "\(offset)")
            // The highest value within bounds is read.
            room = text.mutableBytes
            if bytes.last == 0x81 || bytes.last == 1 { room[offset + bytes.count - 1] -= 1 }
            if bytes[0] >= 0x80 { for index in bytes.indices { room[offset + index] = 0 } }
            let read = (try? RecordCodec.decode(text.bytes).created) != nil
            #expect(read, "\(offset)")
        }
    }
}
