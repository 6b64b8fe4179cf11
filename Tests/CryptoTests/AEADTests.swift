import Crypto
import Testing

@Suite struct AEADTests: ~Copyable {
    private let crypto: Libcrypto
    private let key = (0..<32).map { UInt8($0) }
    private let nonce = (0..<12).map { UInt8(100 + $0) }
    private let associated = Array("record 1 of alice".utf8)
    private let plaintext = Array("what nobody else may read".utf8)

    init() throws { crypto = try Libcrypto.load() }

    private func seal(
        key: [UInt8], nonce: [UInt8], associated: [UInt8], plaintext: [UInt8], room: Int? = nil
    ) throws(CryptoError) -> [UInt8] {
        var sealed = [UInt8](repeating: 0, count: room ?? plaintext.count + AEAD.tagSize)
        var span = sealed.mutableSpan
        try crypto.seal(
            key: key.span, nonce: nonce.span, associated: associated.span, plaintext: plaintext.span, into: &span)
        return sealed
    }

    /// What `open` left behind, and whether it threw.
    private func open(
        key: [UInt8], nonce: [UInt8], associated: [UInt8], sealed: [UInt8], room: Int? = nil
    ) -> (plaintext: [UInt8], error: CryptoError?) {
        var plaintext = [UInt8](repeating: 0xaa, count: room ?? max(sealed.count - AEAD.tagSize, 0))
        var span = plaintext.mutableSpan
        do throws(CryptoError) {
            try crypto.open(
                key: key.span, nonce: nonce.span, associated: associated.span, sealed: sealed.span, into: &span)
            return (plaintext, nil)
        } catch { return (plaintext, error) }
    }

    @Test func `every length comes back`() throws {
        var generator = SeededGenerator(seed: 38)
        for count in [0, 1, 15, 16, 17, 31, 32, 33, 255, 4096, 65_536, 1 << 20] {
            let plaintext = generator.bytes(count)
            let associated = generator.bytes(count % 300)
            let sealed = try seal(key: key, nonce: nonce, associated: associated, plaintext: plaintext)
            #expect(sealed.count == count + 16)
            let opened = open(key: key, nonce: nonce, associated: associated, sealed: sealed)
            // Compared outside the macro, which would look for a shortest difference between long arrays.
            let same = opened.plaintext == plaintext
            #expect(opened.error == nil && same)
        }
    }

    /// Each bit flipped, once.
    private func flips(of bytes: [UInt8]) -> [[UInt8]] {
        (0..<bytes.count * 8).map { bit in
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            return flipped
        }
    }

    @Test func `every flipped bit is noticed, and nothing is left behind`() throws {
        let sealed = try seal(key: key, nonce: nonce, associated: associated, plaintext: plaintext)
        let zeroes = [UInt8](repeating: 0, count: plaintext.count)
        func refused(key: [UInt8], nonce: [UInt8], associated: [UInt8], sealed: [UInt8]) {
            let opened = open(key: key, nonce: nonce, associated: associated, sealed: sealed)
            #expect(opened.error == .notAuthentic)
            #expect(opened.plaintext == zeroes)
        }
        for other in flips(of: sealed) { refused(key: key, nonce: nonce, associated: associated, sealed: other) }
        for other in flips(of: associated) { refused(key: key, nonce: nonce, associated: other, sealed: sealed) }
        for other in flips(of: nonce) { refused(key: key, nonce: other, associated: associated, sealed: sealed) }
        for other in flips(of: key) { refused(key: other, nonce: nonce, associated: associated, sealed: sealed) }
        refused(key: key, nonce: nonce, associated: [], sealed: sealed)
        refused(key: key, nonce: nonce, associated: associated + [0], sealed: sealed)
        refused(key: key, nonce: nonce, associated: associated.dropLast(), sealed: sealed)
    }

    @Test func `what is cut short or longer is refused`() throws {
        let sealed = try seal(key: key, nonce: nonce, associated: associated, plaintext: plaintext)
        for count in AEAD.tagSize..<sealed.count {
            let opened = open(key: key, nonce: nonce, associated: associated, sealed: Array(sealed.prefix(count)))
            #expect(opened.error == .notAuthentic)
            #expect(opened.plaintext.allSatisfy { $0 == 0 })
        }
        #expect(open(key: key, nonce: nonce, associated: associated, sealed: sealed + [0]).error == .notAuthentic)
        for count in 0..<AEAD.tagSize {
            let short = Array(sealed.prefix(count))
            #expect(open(key: key, nonce: nonce, associated: associated, sealed: short).error == .badArgument)
        }
    }

    @Test func `other sizes of key, nonce and room are refused`() throws {
        let sealed = try seal(key: key, nonce: nonce, associated: associated, plaintext: plaintext)
        for count in [0, 16, 24, 31, 33, 64] {
            let other = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.badArgument) {
                try seal(key: other, nonce: nonce, associated: [], plaintext: plaintext)
            }
            #expect(open(key: other, nonce: nonce, associated: associated, sealed: sealed).error == .badArgument)
        }
        for count in [0, 8, 11, 13, 16] {
            let other = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.badArgument) {
                try seal(key: key, nonce: other, associated: [], plaintext: plaintext)
            }
            #expect(open(key: key, nonce: other, associated: associated, sealed: sealed).error == .badArgument)
        }
        for room in [0, plaintext.count, plaintext.count + 15, plaintext.count + 17] {
            #expect(throws: CryptoError.badArgument) {
                try seal(key: key, nonce: nonce, associated: [], plaintext: plaintext, room: room)
            }
        }
        for room in [0, plaintext.count - 1, plaintext.count + 1, sealed.count] {
            let opened = open(key: key, nonce: nonce, associated: associated, sealed: sealed, room: room)
            #expect(opened.error == .badArgument)
        }
        let tooMuch = [UInt8](repeating: 0, count: (1 << 16) + 1)
        #expect(throws: CryptoError.badArgument) {
            try seal(key: key, nonce: nonce, associated: tooMuch, plaintext: plaintext)
        }
        #expect(open(key: key, nonce: nonce, associated: tooMuch, sealed: sealed).error == .badArgument)
    }
}
