import Crypto
import Testing

@testable import TwostepCore

/// The hello: what is written is read back, and nothing else is.
struct HelloTests {
    static let sample = Hello(
        realUID: 1003, silent: true, service: Array("su".utf8), user: Array("alice".utf8), remoteHost: [],
        terminal: Array("pts/0".utf8), session: Array("boot 7".utf8),
        arguments: [Array("nullok".utf8), Array("config=/x".utf8)])
    /// The same by hand, after docs/protocol.md.
    static let bytes: [UInt8] =
        [0, 1, 0, 0, 0x03, 0xEB, 1, 7, 0, 2] + Array("su".utf8) + [0, 5] + Array("alice".utf8) + [0, 0, 0, 5]
        + Array("pts/0".utf8) + [0, 6] + Array("boot 7".utf8) + [0, 6] + Array("nullok".utf8) + [0, 9]
        + Array("config=/x".utf8)

    private static func decode(_ bytes: [UInt8]) -> Result<Hello, FrameError> {
        do throws(FrameError) { return .success(try Hello.decode(bytes.span)) } catch { return .failure(error) }
    }

    @Test func itIsWrittenAsTheDocumentSays() {
        #expect(Self.sample.encode() == Self.bytes)
        #expect(Self.decode(Self.bytes) == .success(Self.sample))
    }

    @Test func everyFlag() {
        for flags in UInt8(0)...3 {
            var hello = Self.sample
            hello.silent = flags % 2 == 1
            hello.isAnswered = flags >= 2
            var bytes = Self.bytes
            bytes[6] = flags
            #expect(hello.encode() == bytes)
            #expect(Self.decode(bytes) == .success(hello))
        }
    }

    @Test func everyTruncationAndEveryByteMoreIsRefused() {
        for length in Self.bytes.indices {
            #expect(Self.decode(Array(Self.bytes[..<length])) == .failure(.malformed), "\(length)")
        }
        #expect(Self.decode(Self.bytes + [0]) == .failure(.malformed))
    }

    @Test func anotherVersionIsNamedAsSuch() {
        for version in [[0, 0], [0, 2], [1, 1], [0xFF, 0xFF]] as [[UInt8]] {
            #expect(Self.decode(version + Self.bytes[2...]) == .failure(.otherVersion))
            // Whatever comes behind it: another version may mean anything by that.
            #expect(Self.decode(version) == .failure(.otherVersion))
        }
    }

    @Test func flagsNumbersAndTextsThatTheDocumentDoesNotHave() {
        for (index, value) in [(6, 4), (6, 5), (6, 0xFF), (7, 4), (7, 6), (7, 8), (7, 22), (7, 0xFF), (8, 4), (10, 0)] {
            var bytes = Self.bytes
            bytes[index] = UInt8(value)
            #expect(Self.decode(bytes) == .failure(.malformed), "byte \(index) is \(value)")
        }
    }

    @Test func theLongestAndOneMore() {
        var hello = Self.sample
        let long = [UInt8](repeating: 0x61, count: Hello.textLimit)
        hello.user = long
        let bytes = hello.encode()
        #expect(bytes.map(Self.decode) == .success(hello))
        hello.user = long + [0x61]
        #expect(hello.encode() == nil)
        hello.user = [0x61, 0]
        #expect(hello.encode() == nil)
        hello.user = []
        hello.arguments = Array(repeating: [0x61], count: Hello.argumentLimit)
        #expect(hello.encode().map(Self.decode) == .success(hello))
        hello.arguments.append([0x61])
        #expect(hello.encode() == nil)
        // Each text is short enough, and all together are longer than a frame.
        hello.arguments = Array(repeating: long, count: 4)
        #expect(hello.encode() == nil)
    }

    @Test func whateverIsMadeComesBack() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let text = {
                (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: 1...255, using: &generator)
                }
            }
            let hello = Hello(
                realUID: .random(in: 0 ... .max, using: &generator), silent: .random(using: &generator),
                isAnswered: .random(using: &generator),
                service: text(), user: text(), remoteHost: text(), terminal: text(), session: text(),
                arguments: (0..<Int.random(in: 0...12, using: &generator)).map { _ in text() })
            #expect(hello.encode().map(Self.decode) == .success(hello))
        }
    }

    /// Whatever the bytes are, decoding gives a hello or an error, and a hello it gives is written as those bytes.
    @Test func noBytesTrapAndWhatIsReadIsCanonical() {
        var generator = SeededGenerator(seed: 42)
        var read = 0
        for round in 0..<50_000 {
            var bytes = Self.bytes
            if round % 5 == 0 {
                bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                    UInt8.random(in: 0...8, using: &generator)
                }
            }
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard case .success(let hello) = Self.decode(bytes) else { continue }
            read += 1
            #expect(hello.encode() == bytes)
        }
        #expect(read > 1000)
    }
}
