import Crypto
import Testing

@testable import TwostepCore

/// Sections that a record carries along for the tool and the service.
struct AppendixTests {
    private static func content(of section: consuming SecretBytes?) -> [UInt8] {
        guard let section else { return [] }
        return array(section)
    }

    private func record(_ appendix: [UInt8]) -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 2)
        record.appendix = SecretBytes(copying: appendix.span)
        return record
    }

    @Test func sectionsComeBackByTheirTags() throws {
        var appendix = Appendix()
        // Set in the other order than they stand in.
        for (tag, bytes) in [(Appendix.Tag.enrolment, [7, 8] as [UInt8]), (.invitation, [9])] {
            let isSet = appendix.set(tag, to: SecretBytes(copying: bytes.span))
            #expect(isSet)
        }
        #expect(array(appendix.bytes) == [1, 0, 1, 9, 2, 0, 2, 7, 8])
        var holder = record([])
        holder.setAppendix(appendix)
        let read = try Appendix(try holder.copy())
        let invitation = Self.content(of: read[.invitation])
        let enrolment = Self.content(of: read[.enrolment])
        #expect(invitation == [9] && enrolment == [7, 8])
    }

    @Test func aSectionIsReplacedAndRemoved() {
        var appendix = Appendix()
        for length in [4, 2] { _ = appendix.set(.invitation, to: SecretBytes(zeroes: length)) }
        #expect(array(appendix.bytes) == [1, 0, 2, 0, 0])
        appendix.remove(.enrolment)
        #expect(array(appendix.bytes).count == 5)
        appendix.remove(.invitation)
        #expect(array(appendix.bytes).isEmpty)
    }

    @Test func whatDoesNotFitChangesNothing() {
        var appendix = Appendix()
        let fits = appendix.set(.invitation, to: SecretBytes(zeroes: Appendix.limit - 3))
        #expect(fits)
        let more = appendix.set(.enrolment, to: SecretBytes(zeroes: 1))
        let empty = appendix.set(.invitation, to: SecretBytes(capacity: 0))
        let count = appendix.bytes.count
        #expect(!more && !empty && count == Appendix.limit)
    }

    @Test(
        arguments: [
            [1], [1, 0], [1, 0, 2, 7], [1, 0, 0], [2, 0, 1, 7, 1, 0, 1, 7], [1, 0, 1, 7, 1, 0, 1, 7],
        ] as [[UInt8]])
    func anythingElseIsMalformed(bytes: [UInt8]) {
        #expect(throws: DecodeError.malformed) { _ = try Appendix(record(bytes)).bytes.count }
    }

    @Test(arguments: [0, 200] as [UInt8])
    func anotherTagIsOfAnotherVersion(tag: UInt8) {
        #expect(throws: DecodeError.unknownVersion) { _ = try Appendix(record([tag, 0, 1, 7])).bytes.count }
    }

    /// The codec bounds it, and knows no more of it.
    @Test func theRecordsCodecTakesNoLongerOne() throws {
        let longest = try record([UInt8](repeating: 1, count: Appendix.limit)).copy()
        let count = longest.appendix.count
        #expect(count == Appendix.limit)
        let text = try record([UInt8](repeating: 1, count: Appendix.limit + 1)).encoded()
        #expect(throws: DecodeError.malformed) { _ = try RecordCodec.decode(text.bytes).created }
    }
}
