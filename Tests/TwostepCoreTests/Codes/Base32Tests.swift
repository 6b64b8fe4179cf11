import Crypto
import Testing
import TwostepCore

@Suite struct Base32Tests {
    private func encode(_ bytes: [UInt8]) -> String { string(Base32.encode(bytes.span)) }

    private func decode(_ text: String) throws(CodeError) -> [UInt8] { try decode(Array(text.utf8)) }

    private func decode(_ text: [UInt8]) throws(CodeError) -> [UInt8] { array(try Base32.decode(text.span)) }

    /// RFC 4648 section 10.
    private static let vectors = [
        ("", ""), ("f", "MY======"), ("fo", "MZXQ===="), ("foo", "MZXW6==="), ("foob", "MZXW6YQ="),
        ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI======"),
    ]

    @Test(arguments: vectors) func `the RFC's vectors`(plain: String, encoded: String) throws {
        let unpadded = String(encoded.prefix { $0 != "=" })
        #expect(encode(Array(plain.utf8)) == unpadded)
        #expect(try decode(encoded) == Array(plain.utf8))
        #expect(try decode(unpadded) == Array(plain.utf8))
        #expect(try decode(encoded.lowercased()) == Array(plain.utf8))
    }

    @Test func `every length up to the limit comes back`() throws {
        var generator = SeededGenerator(seed: 4648)
        for count in 0...Base32.longestBytes {
            let bytes = generator.bytes(count)
            let text = encode(bytes)
            #expect(text.utf8.count == (count * 8 + 4) / 5)
            #expect(try decode(text) == bytes)
        }
    }

    @Test func `oathtool spells the same`() throws {
        var generator = SeededGenerator(seed: 32)
        for count in 1...24 {
            let bytes = generator.bytes(count)
            let lines = try oathtool(["--verbose", hex(bytes)])
            let line = try #require(lines.first { $0.hasPrefix("Base32 secret: ") })
            #expect(line.dropFirst(15).prefix { $0 != "=" } == encode(bytes))
        }
    }

    @Test(arguments: ["mzxw 6ytb", "MZXW-6YTB-", " M-Z x W 6 y t b ", "MZXW6YTB========", "MZXW6YTB = - ="])
    func `what people type around it is ignored`(text: String) throws {
        #expect(try decode(text) == Array("fooba".utf8))
    }

    @Test(arguments: ["M", "MZX", "MZXW6Y", "MZXW6YTBM", "A=", "AAA=====", "AAAAAA=="])
    func `impossible lengths are refused`(text: String) {
        #expect(throws: CodeError.badLength) { try decode(text) }
    }

    @Test(arguments: ["MZ", "MZXR", "MZXW7", "MZXW6YR", "AB", "A7======"])
    func `trailing bits that are not zero are refused`(text: String) {
        #expect(throws: CodeError.trailingBits) { try decode(text) }
    }

    @Test func `of all pairs of characters one in eight is a byte`() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var accepted: Set<[UInt8]> = []
        for first in alphabet {
            for second in alphabet { if let bytes = try? decode([first, second]) { accepted.insert(bytes) } }
        }
        #expect(accepted.count == 256)
    }

    @Test func `of all bytes 58 are characters`() {
        let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567".utf8)
        let ignored = Array(" -=".utf8)
        for byte in UInt8.min...UInt8.max where !ignored.contains(byte) {
            if characters.contains(byte) {
                #expect(throws: Never.self) { try decode(Array("AAAAAAA".utf8) + [byte]) }
            } else {
                #expect(throws: CodeError.badCharacter) { try decode(Array("AAAAAAA".utf8) + [byte]) }
            }
        }
    }

    @Test(arguments: ["MY=Y", "=MY", "MY======MY"]) func `padding stands at the end only`(text: String) {
        #expect(throws: CodeError.badCharacter) { try decode(text) }
    }

    @Test func `the limits`() throws {
        #expect(try decode(String(repeating: "A", count: 1024)) == [UInt8](repeating: 0, count: 640))
        #expect(try decode(String(repeating: " ", count: 1024)) == [])
        #expect(throws: CodeError.tooLong) { try decode(String(repeating: "A", count: 1025)) }
        #expect(throws: CodeError.tooLong) { try decode(String(repeating: "=", count: 100_000)) }
        #expect(encode([UInt8](repeating: 0, count: 641)) == "")
    }

    @Test func `whatever decodes has one spelling`() {
        var generator = SeededGenerator(seed: 3)
        let characters = Array("AbCdz27 -=018".utf8)
        var decoded = 0
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                characters.randomElement(using: &generator) ?? 0
            }
            guard let bytes = try? decode(text) else { continue }
            decoded += 1
            let spelling = String(decoding: text.filter { !Array(" -=".utf8).contains($0) }, as: UTF8.self)
            #expect(encode(bytes) == spelling.uppercased())
        }
        #expect(decoded > 100)
    }
}
