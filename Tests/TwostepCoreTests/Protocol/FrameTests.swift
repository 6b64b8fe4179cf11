import Crypto
import Testing

@testable import TwostepCore

/// Frames' headers: the table of docs/protocol.md, and nothing beside it.
struct FrameTests {
    /// Type, name, shortest and longest payload; written down anew from docs/protocol.md.
    private static let table: [(UInt8, FrameType, Int, Int)] = [
        (1, .hello, 1, 4096), (2, .info, 1, 1025), (3, .prompt, 1, 1024), (4, .secretPrompt, 1, 1024),
        (5, .answer, 0, 513), (6, .verdict, 1, 1), (7, .firstPass, 0, 0), (8, .leave, 0, 513), (9, .noAnswer, 0, 0),
        (10, .command, 1, 4096), (11, .output, 1, 1025),
    ]

    private static func read(_ bytes: [UInt8]) -> FrameHeader? {
        do throws(FrameError) { return try FrameHeader(bytes.span) } catch {
            #expect(error == .malformed)
            return nil
        }
    }

    @Test func everyTypeAndLengthOfTheTableAndNoOther() {
        for type in UInt8.min...UInt8.max {
            let row = Self.table.first { $0.0 == type }
            for count in [Array(0...2), [512, 513, 514, 1023, 1024, 1025, 1026, 4095, 4096, 4097, 0xFFFE, 0xFFFF]]
                .joined()
            {
                let header = Self.read([type, UInt8(count >> 8), UInt8(count & 255)])
                let expected = row.map { ($0.2...$0.3).contains(count) } ?? false
                #expect((header != nil) == expected, "type \(type), \(count) bytes")
                if let header { #expect(header.type == row?.1 && header.count == count) }
            }
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for (number, type, shortest, longest) in Self.table {
            for count in Set([shortest, longest, (shortest + longest) / 2]) {
                let header = try #require(FrameHeader(type, count: count))
                #expect(header.bytes == [number, UInt8(count >> 8), UInt8(count & 255)])
                #expect(Self.read(header.bytes) == header)
            }
            #expect(FrameHeader(type, count: longest + 1) == nil)
            #expect(FrameHeader(type, count: shortest - 1) == nil)
        }
    }

    @Test func aHeaderHasThreeBytes() {
        for bytes in [[], [5], [5, 0], [5, 0, 0, 0]] as [[UInt8]] { #expect(Self.read(bytes) == nil) }
    }

    @Test func theVerdictsAreThoseOfTheDocument() {
        let verdicts: [FinalVerdict] = [
            .accepted, .refused, .locked, .passed, .unavailable, .noAnswer, .badArguments, .otherVersion,
        ]
        for value in UInt8.min...UInt8.max {
            let index = Int(value) - 1
            #expect(FinalVerdict(rawValue: value) == (verdicts.indices.contains(index) ? verdicts[index] : nil))
        }
    }

    @Test func onlyWhoMayKnowIsToldOfALock() {
        let locked = Outcome.refused(.locked(until: 7))
        #expect(FinalVerdict(locked, explained: true) == .locked)
        #expect(FinalVerdict(locked, explained: false) == .refused)
        #expect(FinalVerdict(.refused(.wrongCode), explained: true) == .refused)
        #expect(FinalVerdict(.passed(.notYetDue), explained: true) == .passed)
        #expect(FinalVerdict(.noAnswer, explained: true) == .noAnswer)
        #expect(FinalVerdict(.unavailable(StoreError(.keyMissing)), explained: true) == .unavailable)
        #expect(FinalVerdict(accepted(.totp), explained: false) == .accepted)
    }
}
