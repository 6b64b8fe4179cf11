import Crypto
import Testing
import TwostepCore

@Suite struct HOTPTests: ~Copyable {
    private let crypto: Libcrypto

    init() throws { crypto = try Libcrypto.load() }

    private func code(
        _ key: [UInt8], _ counter: UInt64, _ algorithm: HashAlgorithm = .sha1, digits: Int = 6
    ) throws(CryptoError) -> String {
        string(try HOTP.code(key: key.span, counter: counter, algorithm: algorithm, digits: digits, crypto: crypto))
    }

    /// RFC 4226 appendix D: the intermediate HMAC, its truncation in decimal, and the code, for counters from 0.
    private static let vectors: [(counter: UInt64, hmac: String, truncated: String, code: String)] = [
        (0, "cc93cf18508d94934c64b65d8ba7667fb7cde4b0", "1284755224", "755224"),
        (1, "75a48a19d4cbe100644e8ac1397eea747a2d33ab", "1094287082", "287082"),
        (2, "0bacb7fa082fef30782211938bc1c5e70416ff44", "137359152", "359152"),
        (3, "66c28227d03a2d5529262ff016a1e6ef76557ece", "1726969429", "969429"),
        (4, "a904c900a64b35909874b33e61c5938a8e15ed1c", "1640338314", "338314"),
        (5, "a37e783d7b7233c083d4f62926c7a25f238d0316", "868254676", "254676"),
        (6, "bc9cd28561042c83f219324d3c607256c03272ae", "1918287922", "287922"),
        (7, "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa", "82162583", "162583"),
        (8, "1b3c89f65e6c9e883012052823443f048b4332db", "673399871", "399871"),
        (9, "1637409809a679dc698207310c8c7fc07290d9e5", "645520489", "520489"),
    ]

    @Test(arguments: vectors)
    func `the RFC's vectors`(vector: (counter: UInt64, hmac: String, truncated: String, code: String)) throws {
        let key = rfcKey(.sha1)
        let message = [UInt8](repeating: 0, count: 7) + [UInt8(vector.counter)]
        #expect(hex(array(try crypto.hmac(.sha1, key: key.span, message: message.span))) == vector.hmac)
        #expect(try code(key, vector.counter) == vector.code)
        // The truncation has at least eight digits, so that longer codes can be read off it too.
        #expect(try code(key, vector.counter, digits: 7) == String(vector.truncated.suffix(7)))
        #expect(try code(key, vector.counter, digits: 8) == String(vector.truncated.suffix(8)))
    }

    @Test(arguments: 6...8) func `oathtool counts the same`(digits: Int) throws {
        var generator = SeededGenerator(seed: UInt64(digits))
        let counters: [UInt64] = [0, 1, 255, 256, 0xffff_ffff, 0x1_0000_0000, 1 << 48, UInt64(Int64.max) - 20]
        for start in counters {
            let key = generator.bytes(.random(in: 1...70, using: &generator))
            let expected = try oathtool(["--counter=\(start)", "--digits=\(digits)", "--window=9", hex(key)])
            try #require(expected.count == 10)
            for (index, line) in expected.enumerated() {
                #expect(try code(key, start + UInt64(index), digits: digits) == line)
            }
        }
    }

    @Test func `codes keep their zeros`() throws {
        let codes = try (0..<2_000).map { try code(rfcKey(.sha1), $0) }
        #expect(codes.allSatisfy { $0.utf8.count == 6 && $0.utf8.allSatisfy { (48...57).contains($0) } })
        #expect(codes.contains { $0.hasPrefix("00") })
    }

    @Test func `every digit stands equally often everywhere`() throws {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 10), count: 6)
        for counter in 0..<UInt64(5_000) {
            for (place, digit) in try code(rfcKey(.sha256), counter, .sha256).utf8.enumerated() {
                counts[place][Int(digit) - 48] += 1
            }
        }
        // 500 expected, with a standard deviation of 21.
        #expect(counts.joined().allSatisfy { (390...610).contains($0) })
    }

    @Test(arguments: [Int.min, -1, 0, 1, 5, 9, 10, Int.max]) func `other numbers of digits are refused`(digits: Int) {
        #expect(throws: CryptoError.badArgument) { try code(rfcKey(.sha1), 0, digits: digits) }
    }

    @Test func `the ends of key and counter`() throws {
        #expect(throws: CryptoError.badArgument) { try code([], 0) }
        #expect(throws: CryptoError.badArgument) { try code([UInt8](repeating: 1, count: 1025), 0) }
        #expect(throws: Never.self) { try code([UInt8](repeating: 1, count: 1024), 0) }
        for algorithm in HashAlgorithm.allCases { #expect(throws: Never.self) { try code([0], .max, algorithm) } }
    }
}
