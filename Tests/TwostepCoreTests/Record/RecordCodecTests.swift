import Crypto
import Testing

@testable import TwostepCore

/// The record's bytes: what is written is read back, and nothing else is.
struct RecordCodecTests {
    static let size = 4032

    private func fullRecord() throws -> Record {
        var record = try Sample.record(backupCodes: (0..<10).map { "AAAA-BBB\($0)" })
        for id in 2...8 {
            let token = Token(
                id: UInt32(id), kind: id % 2 == 0 ? .hotp : .totp, algorithm: .sha512, digits: 6, period: 120,
                floor: Token.counterLimit, drift: -10, created: 5, lastUsed: 7,
                label: [UInt8](repeating: 0x61, count: 64), key: 0..<0)
            let key = [UInt8](repeating: UInt8(id), count: 128)
            let added = record.add(token, key: key.span)
            try #require(added)
        }
        record.throttle = fullThrottle()
        record.backupCodes.entries[3].spentAt = 99
        record.cautious = true
        for number in 0..<RememberedLogin.limit {
            record.remember(
                RememberedLogin.Mark(high: .max, low: UInt64(number)), at: Int64(UInt32.max) - Int64(number))
        }
        return record
    }

    private func fullThrottle() -> Throttle {
        var throttle = Throttle(now: 1 << 40)
        throttle.worldPurse = Purse(failures: .max, closure: Pause(since: 1 << 40, duration: 86_400, again: 7))
        throttle.known.pairs = Pause(since: 5, duration: 70)
        throttle.sources = (0..<8 as Range<UInt64>).map { number in
            let purse = Purse(failures: UInt32(number), closure: Pause(since: 9, duration: 900))
            return Throttle.KnownSource(Source(.network, .max - number), lastSuccess: 1 << 40, purse: purse)
        }
        return throttle
    }

    @Test func theLargestRecordFitsAndComesBack() throws {
        let record = try fullRecord()
        let text = try record.encoded(size: Self.size)
        let back = try RecordCodec.decode(text.bytes)
        let again = try back.encoded(size: Self.size)
        let same = equalInConstantTime(text.bytes, again.bytes)
        #expect(same)
        let (tokens, codes, throttle) = (back.tokens, back.backupCodes, back.throttle)
        let logins = back.remembered
        #expect(logins == record.remembered && logins.count == RememberedLogin.limit)
        #expect(tokens == record.tokens && codes == record.backupCodes && throttle == record.throttle)
        let (state, cautious, confirmed) = (back.state, back.cautious, back.confirmed)
        #expect(state == .active && cautious && confirmed)
    }

    private func text(of record: borrowing Record) throws -> [UInt8] { array(try record.encoded(size: Self.size)) }

    /// One record after the other, in the same memory: nothing of one is in the next, nor in what cannot be read.
    @Test func oneIsReadInTheMemoryOfAnother() throws {
        var full = try fullRecord()
        full.appendix = SecretBytes(zeroes: 600)
        let large = try text(of: full)
        let small = try text(of: Sample.record())
        var record = try RecordCodec.decode(large.span)
        for next in [small, large, small] {
            try RecordCodec.decode(next.span, into: &record)
            let back = try text(of: record)
            #expect(back == next)
        }
        var broken = large
        broken[Self.size - 1] = 1
        #expect(throws: DecodeError.malformed) { try RecordCodec.decode(broken.span, into: &record) }
        record.clear()
        let (tokens, codes, appendix) = (record.tokens, record.backupCodes, record.appendix.count)
        let (keys, logins) = (record.securityKeys, record.remembered)
        #expect(tokens.isEmpty && codes.entries.isEmpty && appendix == 0 && keys.isEmpty && logins.isEmpty)
        try RecordCodec.decode(small.span, into: &record)
        let back = try text(of: record)
        #expect(back == small)
    }

    @Test func whatDoesNotFitIsNotWritten() throws {
        let record = try fullRecord()
        #expect(throws: DoesNotFit.self) { _ = try record.encoded(size: 1000) }
    }

    @Test func everyTruncationIsRefused() throws {
        let record = try Sample.record(backupCodes: [Sample.backupCode])
        let text = try record.encoded(size: 600)
        // Cut anywhere before the last field ends; behind it there are only zeroes, which may be any number.
        var last = text.count - 1
        while text.bytes[last] == 0 { last -= 1 }
        for length in 0..<last {
            let cut = text.bytes.extracting(first: length)
            let error = Self.failure(cut)
            #expect(error != nil)
        }
    }

    @Test func everythingBehindTheEndMustBeZero() throws {
        let record = try Sample.record()
        var text = try record.encoded(size: Self.size)
        var room = text.mutableBytes
        room[Self.size - 1] = 1
        let error = Self.failure(text.bytes)
        #expect(error == .malformed)
    }

    @Test func anotherVersionIsNamedAsSuch() throws {
        let record = try Sample.record()
        var text = try record.encoded(size: Self.size)
        var room = text.mutableBytes
        room[1] = 1
        let error = Self.failure(text.bytes)
        #expect(error == .unknownVersion)
    }

    /// Whatever the bytes are, decoding gives a record or an error, and a record it gives is written as those bytes.
    @Test func noBytesTrapAndWhatIsReadIsCanonical() throws {
        let record = try fullRecord()
        let good = try record.encoded(size: Self.size)
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            var text = good.copy()
            var room = text.mutableBytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                room[Int.random(in: 0..<1800, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard Self.failure(text.bytes) == nil else { continue }
            let back = try RecordCodec.decode(text.bytes)
            let again = try back.encoded(size: Self.size)
            let same = equalInConstantTime(text.bytes, again.bytes)
            #expect(same)
        }
    }

    private static func failure(_ bytes: Span<UInt8>) -> DecodeError? {
        do throws(DecodeError) {
            _ = try RecordCodec.decode(bytes)
            return nil
        } catch {
            return error
        }
    }
}
