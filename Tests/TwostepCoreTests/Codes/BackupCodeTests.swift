import Crypto
import Testing
import TwostepCore

@Suite struct BackupCodeTests {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private func make(_ random: [UInt8]) -> String? {
        guard let code = BackupCode.make(random: random.span) else { return nil }
        return string(code)
    }

    private func display(_ code: String) -> String { string(BackupCode.display(Array(code.utf8).span)) }

    @Test(arguments: [
        ([0xff, 0xff, 0xff, 0xff, 0xff], "ZZZZZZZZ"), ([0, 0, 0, 0, 0x0a], "0000000A"),
        ([0x50, 0, 0, 0, 0], "A0000000"),
        ([0x00, 0x44, 0x32, 0x14, 0xc7], "01234567"), ([0x42, 0x54, 0xb6, 0x35, 0xcf], "89ABCDEF"),
        ([0x84, 0x65, 0x3a, 0x56, 0xd7], "GHJKMNPQ"), ([0xc6, 0x75, 0xbe, 0x77, 0xdf], "RSTVWXYZ"),
    ])
    func `five bits for each character, the highest first`(random: [UInt8], code: String) {
        #expect(make(random) == (code == "01234567" ? nil : code))
    }

    @Test func `no code looks like a one-time code`() {
        #expect(make([0, 0, 0, 0, 0]) == nil)
        #expect(make([0x4a, 0x52, 0x94, 0xa5, 0x29]) == nil)  // 99999999
        var generator = SeededGenerator(seed: 40)
        for _ in 0..<5_000 {
            guard let code = make(generator.bytes(5)) else { continue }
            #expect(code.utf8.contains { !(48...57).contains($0) })
        }
    }

    @Test func `every character stands equally often everywhere`() {
        var generator = SeededGenerator(seed: 41)
        var counts = [[UInt8: Int]](repeating: [:], count: 8)
        for _ in 0..<16_000 {
            for (place, character) in (make(generator.bytes(5)) ?? "").utf8.enumerated() {
                counts[place][character, default: 0] += 1
            }
        }
        // 500 expected, with a standard deviation of 22.
        for place in counts { #expect(Set(place.keys) == Set(Self.alphabet)) }
        #expect(counts.flatMap(\.values).allSatisfy { (390...610).contains($0) })
    }

    @Test(arguments: [0, 1, 4, 6, 8, 64]) func `another amount of randomness gives none`(count: Int) {
        #expect(make([UInt8](repeating: 0xff, count: count)) == nil)
    }

    @Test func `shown with a dash in the middle`() {
        #expect(display("ABCD2345") == "ABCD-2345")
        for other in ["", "A", "ABCD-2345", "ABCD234", String(repeating: "A", count: 5000)] {
            #expect(display(other) == "")
        }
    }

    @Test func `folding maps look-alikes and keeps the alphabet`() {
        for byte in UInt8.min...UInt8.max {
            let upper = String(UnicodeScalar(byte)).uppercased()
            switch upper {
            case "O": #expect(CrockfordBase32.fold(byte) == UInt8(ascii: "0"))
            case "I", "L": #expect(CrockfordBase32.fold(byte) == UInt8(ascii: "1"))
            default:
                let folded = byte < 128 ? upper.utf8.first : nil
                #expect(CrockfordBase32.fold(byte) == folded.flatMap { Self.alphabet.contains($0) ? $0 : nil })
            }
        }
    }
}
