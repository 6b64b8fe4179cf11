import Crypto
import Testing

@Suite struct ConstantTimeTests {
    private func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool { equalInConstantTime(left.span, right.span) }

    @Test func `equal is equal`() {
        var generator = SeededGenerator(seed: 1)
        for count in [0, 1, 6, 7, 8, 31, 32, 33, 60, 1000] {
            let bytes = generator.bytes(count)
            #expect(equal(bytes, Array(bytes)))
        }
    }

    @Test func `one bit makes the difference`() {
        var generator = SeededGenerator(seed: 2)
        for count in [1, 6, 8, 31, 60] {
            let bytes = generator.bytes(count)
            for bit in 0..<count * 8 {
                var other = bytes
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!equal(bytes, other))
                #expect(!equal(other, bytes))
            }
        }
    }

    @Test func `another length is another text`() {
        let bytes = [UInt8](repeating: 0, count: 8)
        for count in 0..<8 {
            #expect(!equal(bytes, Array(bytes.prefix(count))))
            #expect(!equal(Array(bytes.prefix(count)), bytes))
        }
    }
}
