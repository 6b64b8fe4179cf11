import Crypto
import Testing

@testable import TwostepCore

/// The sections that recovery keeps in a record.
struct RecoverySectionTests {
    private static let grant = RecoveryGrant(
        id: Array(1...8), way: .admin, stage: .redeemed, made: 0x0102, expires: 0x0304,
        salt: [UInt8](repeating: 5, count: 16), hash: [UInt8](repeating: 6, count: 32), wrong: 4)
    private static let recovery = Recovery(requests: [0x0A, 0x0A, 0x0B], grant: grant)

    /// By hand, from docs/file-format.md.
    private let asked: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 11]
    private let given: [UInt8] =
        [2, 2, 4, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4]
        + [UInt8](repeating: 5, count: 16) + [UInt8](repeating: 6, count: 32)

    private static let setting = Array("$2b$04$abcdefghijklmnopqrstuu".utf8)
    private static let answers = SecurityAnswers(
        set: 9, setting: setting,
        entries: [
            .init(question: Array("A?".utf8), tail: [UInt8](repeating: 0x61, count: 31)),
            .init(question: Array("Bé?".utf8), tail: [UInt8](repeating: 0x62, count: 31)),
        ])
    private var answered: [UInt8] {
        [0, 0, 0, 0, 0, 0, 0, 9] + Self.setting + [2] + [2] + Array("A?".utf8) + [UInt8](repeating: 0x61, count: 31)
            + [4] + Array("Bé?".utf8) + [UInt8](repeating: 0x62, count: 31)
    }

    @Test func sectionsAreAsTheDocumentSays() throws {
        for (value, bytes) in [
            (Self.recovery, asked + given), (Recovery(requests: [10, 10, 11]), asked + [0]),
            (Recovery(grant: Self.grant), [0] + given),
        ] {
            #expect(array(value.encode()) == bytes)
            #expect(try Recovery.decode(bytes.span) == value)
        }
        #expect(array(Self.answers.encode()) == answered)
        #expect(try SecurityAnswers.decode(answered.span) == Self.answers)
    }

    @Test func nothingElseIsTaken() {
        let whole = asked + given
        for count in 0..<whole.count {
            #expect(throws: DecodeError.malformed, "\(count)") {
                _ = try Recovery.decode(Array(whole.prefix(count)).span)
            }
        }
        for bytes in [
            whole + [0], [0, 0], [4] + Array(asked[1...]) + Array(asked[1..<9]) + given,
            asked + [3] + Array(given[1...]),
            // The later one first.
            [2] + Array(asked[17...]) + Array(asked[1..<9]) + given,
        ] {
            #expect(throws: DecodeError.malformed) { _ = try Recovery.decode(bytes.span) }
        }
        for (place, byte) in [(1, 0), (1, 3), (2, 6), (17, 9), (11, 0x80)] as [(Int, UInt8)] {
            var bytes = given
            bytes[place] = byte
            #expect(throws: DecodeError.malformed, "\(byte) at \(place)") {
                _ = try Recovery.decode(([0] + bytes).span)
            }
        }
        for count in 0..<answered.count {
            #expect(throws: DecodeError.malformed, "\(count)") {
                _ = try SecurityAnswers.decode(Array(answered.prefix(count)).span)
            }
        }
        for (place, byte) in [(37, 1), (37, 6), (38, 0), (38, 161)] as [(Int, UInt8)] {
            var bytes = answered
            bytes[place] = byte
            #expect(throws: DecodeError.malformed, "\(byte) at \(place)") { _ = try SecurityAnswers.decode(bytes.span) }
        }
        #expect(throws: DecodeError.malformed) { _ = try SecurityAnswers.decode((answered + [0]).span) }
    }

    @Test func answersFitInTheirOrderAndAllOfThem() throws {
        func hash(_ byte: UInt8) -> [UInt8] { Self.setting + [UInt8](repeating: byte, count: 31) }
        let (a, b) = (hash(0x61), hash(0x62))
        #expect(Self.answers.fit([a, b]))
        for wrong in [[], [a], [b, a], [a, a], [b, b], [a, b, b], [a, Array(b.dropLast())], [a, []]] {
            #expect(!Self.answers.fit(wrong))
        }
        let questions = Self.answers.questions
        #expect(SecurityAnswers(questions, hashes: [a, b], set: 9) == Self.answers)
        // Under one setting, as many as there are questions, at least two.
        let other = Array("$2b$04$zbcdefghijklmnopqrstuu".utf8) + [UInt8](repeating: 0x62, count: 31)
        for hashes in [[a, other], [a], [], [a, Array(b.dropLast())]] {
            #expect(SecurityAnswers(questions, hashes: hashes, set: 9) == nil)
        }
        #expect(SecurityAnswers([questions[0]], hashes: [a], set: 9) == nil)
        #expect(SecurityAnswers([questions[0], []], hashes: [a, b], set: 9) == nil)
    }

    @Test func threeMailsADay() {
        var recovery = Recovery()
        for time in [1000, 1000, 5000] as [Int64] {
            #expect(recovery.mayRequest(at: time))
            recovery.countRequest(at: time)
        }
        #expect(!recovery.mayRequest(at: 5000) && !recovery.mayRequest(at: 1000 + 86_399))
        recovery.countRequest(at: 5001)
        #expect(recovery.requests == [1000, 1000, 5000])
        #expect(recovery.mayRequest(at: 1000 + 86_400))
        recovery.countRequest(at: 1000 + 86_400)
        #expect(recovery.requests == [5000, 1000 + 86_400])
        // A clock that is set back allows no more; one that was years ahead does not count for years.
        recovery.countRequest(at: 4000)
        #expect(recovery.requests == [4000, 5000, 1000 + 86_400] && !recovery.mayRequest(at: 3000))
        #expect(Recovery(requests: [9_000_000, 9_000_000, 9_000_000]).mayRequest(at: 5000))
    }

    @Test func bothSectionsFitBesideAllOthers() throws {
        var record = try Invited.record(begun: .shown)
        var appendix = try Appendix(record)
        for (tag, size) in [(Appendix.Tag.contact, 8 + 254), (.unverifiedContact, 9 + 60 + 254)] {
            let isSet = appendix.set(tag, to: SecretBytes(zeroes: size))
            #expect(isSet)
        }
        record.setAppendix(appendix)
        let question = [UInt8](repeating: 0x61, count: SecurityAnswers.questionLimit)
        let entry = SecurityAnswers.Entry(question: question, tail: [UInt8](repeating: 0x61, count: 31))
        let most = SecurityAnswers(
            set: 9, setting: Self.setting,
            entries: [SecurityAnswers.Entry](repeating: entry, count: SecurityAnswers.range.upperBound))
        try record.keep(most)
        try record.keep(Self.recovery)
        #expect(try record.securityAnswers() == most && record.recovery() == Self.recovery)
        try record.keep(SecurityAnswers?.none)
        try record.keep(Recovery())
        #expect(try record.securityAnswers() == nil && record.recovery() == Recovery())
    }
}
