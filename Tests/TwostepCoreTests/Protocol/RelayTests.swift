import Crypto
import Linux
import Testing
import Wire

@testable import TwostepCore

/// The client's side against a service that says anything at all: the verdict frame alone counts.
struct RelayTests {
    private static func frame(_ type: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        [type, UInt8(payload.count >> 8), UInt8(payload.count & 255)] + payload
    }

    private static let verdict = frame(6, [1])

    /// A service that has said all this and says nothing more; what the client makes of it.
    private func hear(_ said: [UInt8]) throws -> Result<FinalVerdict, FrameError> {
        let service = try OtherEnd(saying: said)
        service.endSending()
        var channel = try service.channel()
        var conversation = Agreeable()
        do throws(FrameError) {
            return .success(try relay(HelloTests.sample, over: &channel, conversation: &conversation))
        } catch {
            return .failure(error)
        }
    }

    /// Answers everything.
    private struct Agreeable: Conversation {
        func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes { secret(Array("x".utf8)) }
        func tell(_ line: [UInt8], isError: Bool) {}
        func firstPass() -> SecretBytes? { nil }
        func leave(_ password: borrowing SecretBytes) throws(ConversationError) {}
    }

    @Test func aVerdictIsTheEndWhateverStandsBehindIt() throws {
        #expect(try hear(Self.verdict) == .success(.accepted))
        #expect(try hear(Self.verdict + [6, 0, 1, 2]) == .success(.accepted))
    }

    @Test func everyValueOfAVerdict() throws {
        for value in UInt8.min...UInt8.max {
            let heard = try hear(Self.frame(6, [value]))
            switch value {
            case 1...7: #expect(heard == FinalVerdict(rawValue: value).map { .success($0) })
            case 8: #expect(heard == .failure(.otherVersion))
            default: #expect(heard == .failure(.malformed))
            }
        }
    }

    @Test func whoeverEndsBeforeTheVerdictHasSaidNothing() throws {
        let said =
            Self.frame(2, [0] + Array("hello".utf8)) + Self.frame(4, Array("Code: ".utf8)) + Self.frame(7)
            + Self.frame(8, Array("p".utf8)) + Self.frame(3, Array("?".utf8)) + Self.verdict
        for length in said.indices {
            #expect(try hear(Array(said[..<length])) == .failure(.ended), "after \(length) bytes")
        }
        #expect(try hear(said) == .success(.accepted))
    }

    @Test func whatIsNotTheServicesToSayIsNoDialogue() throws {
        for wrong in [
            Self.frame(1, HelloTests.bytes), Self.frame(5), Self.frame(5, [0x61]), Self.frame(9), Self.frame(0),
            Self.frame(10), Self.frame(255), Self.frame(6), Self.frame(6, [1, 1]), Self.frame(2), Self.frame(2, [2]),
            Self.frame(3), Self.frame(7, [1]), [8, 2, 2], [3, 4, 1], [2, 4, 2],
        ] {
            #expect(try hear(wrong + Self.verdict) == .failure(.malformed), "\(wrong.prefix(4))")
        }
    }

    /// What the document says of any bytes, read without our codec.
    private static func expected(_ bytes: [UInt8]) -> Result<FinalVerdict, FrameError> {
        let limits: [UInt8: ClosedRange<Int>] = [
            2: 1...1025, 3: 1...1024, 4: 1...1024, 6: 1...1, 7: 0...0, 8: 0...513, 1: 1...4096, 5: 0...513, 9: 0...0,
            10: 1...4096, 11: 1...1025,
        ]
        var rest = bytes[...]
        while true {
            guard rest.count >= 3, let type = rest.first else { return .failure(.ended) }
            let count = Int(rest[rest.startIndex + 1]) * 256 + Int(rest[rest.startIndex + 2])
            guard limits[type]?.contains(count) == true else { return .failure(.malformed) }
            rest = rest.dropFirst(3)
            guard rest.count >= count else { return .failure(.ended) }
            let payload = rest.prefix(count)
            rest = rest.dropFirst(count)
            switch (type, payload.first) {
            case (6, .some(let value)):
                guard value != 8 else { return .failure(.otherVersion) }
                return FinalVerdict(rawValue: value).map { .success($0) } ?? .failure(.malformed)
            case (2, .some(2...)), (1, _), (5, _), (9, _), (10, _), (11, _): return .failure(.malformed)
            default: continue
            }
        }
    }

    @Test func garbageGivesAVerdictOnlyWhereTheDocumentSaysSo() throws {
        var generator = SeededGenerator(seed: 99)
        var verdicts = 0
        for _ in 0..<10_000 {
            var said: [UInt8] = []
            for _ in 0..<Int.random(in: 0...5, using: &generator) {
                let type = UInt8.random(in: 1...12, using: &generator)
                let count = [0, 1, 1, 1, 2, 20].randomElement(using: &generator) ?? 0
                said += Self.frame(type, (0..<count).map { _ in UInt8.random(in: 0...9, using: &generator) })
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) where !said.isEmpty {
                said[Int.random(in: said.indices, using: &generator)] = UInt8.random(in: 0...9, using: &generator)
            }
            let expected = Self.expected(said)
            if case .success = expected { verdicts += 1 }
            let heard = try hear(said)
            #expect(heard == expected, "\(said)")
            guard heard == expected else { return }
        }
        #expect(verdicts > 100)
    }

    @Test func silenceAndHalfAFrameAreTooSlow() throws {
        let silent = try OtherEnd()
        var channel = try silent.channel()
        #expect(throws: FrameError.tooSlow) { _ = try channel.receive(within: 50) }
        let slow = try OtherEnd(saying: [5, 0])
        channel = try slow.channel()
        #expect(throws: FrameError.tooSlow) { _ = try channel.receive(within: 50) }
        // What comes too late is not taken for the next frame.
        try slow.say([1, 0x61, 6, 0, 1, 1])
        #expect(throws: FrameError.ended) { _ = try channel.receive(within: 50) }
        #expect(throws: FrameError.ended) { try channel.send(.noAnswer) }
    }

    @Test func whatHasComeIsTakenHoweverLate() throws {
        let service = try OtherEnd(saying: Self.verdict)
        var channel = try service.channel()
        let frame = try channel.receive(within: -1000)
        #expect(frame.type == .verdict)
    }

    @Test func whoeverTakesNothingIsTooSlow() throws {
        let service = try OtherEnd()
        var channel = try service.channel()
        let line = [UInt8](repeating: 0x61, count: 1025)
        var sent = 0
        #expect(throws: FrameError.tooSlow) {
            while sent < 10_000 {
                try channel.send(.info, line)
                sent += 1
            }
        }
        #expect(sent > 10)
    }

    @Test func whatTheTypeDoesNotAllowIsNotSent() throws {
        let service = try OtherEnd()
        var channel = try service.channel()
        #expect(throws: FrameError.malformed) { try channel.send(.verdict, [1, 2]) }
    }
}
