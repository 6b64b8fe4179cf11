import Crypto
import Testing

@Suite struct HMACAndHKDFTests: ~Copyable {
    private let crypto: Libcrypto

    init() throws { crypto = try Libcrypto.load() }

    @Test(arguments: HashAlgorithm.allCases) func `parts make the whole`(algorithm: HashAlgorithm) throws {
        var generator = SeededGenerator(seed: UInt64(algorithm.rawValue))
        for _ in 0..<50 {
            let key = generator.bytes(.random(in: 1...300, using: &generator))
            let message = generator.bytes(.random(in: 0...500, using: &generator))
            let whole = array(try crypto.hmac(algorithm, key: key.span, message: message.span))
            var hmac = try crypto.beginHMAC(algorithm, key: key.span)
            var done = 0
            while done < message.count {
                let next = Int.random(in: done...message.count, using: &generator)
                try hmac.update(message.span.extracting(done..<next))
                done = next
            }
            try hmac.update([UInt8]().span)
            #expect(array(try hmac.finish()) == whole)
        }
    }

    @Test func `two at once do not disturb each other`() throws {
        let key = [UInt8](repeating: 7, count: 20)
        let message = Array("message".utf8)
        var first = try crypto.beginHMAC(.sha1, key: key.span)
        var second = try crypto.beginHMAC(.sha512, key: key.span)
        try second.update(message.span)
        try first.update(message.span)
        #expect(array(try first.finish()) == array(try crypto.hmac(.sha1, key: key.span, message: message.span)))
        #expect(array(try second.finish()) == array(try crypto.hmac(.sha512, key: key.span, message: message.span)))
    }

    @Test func `keys out of range are refused`() {
        for count in [0, 1025, 100_000] {
            let key = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.badArgument) {
                _ = try crypto.hmac(.sha256, key: key.span, message: [UInt8]().span)
            }
        }
    }

    /// RFC 5869 section 2.3, once more, from our own HMAC.
    private func model(_ key: [UInt8], _ info: [UInt8], _ count: Int) throws -> [UInt8] {
        var derived: [UInt8] = []
        var last: [UInt8] = []
        var number: UInt8 = 1
        while derived.count < count {
            let message = last + info + [number]
            last = array(try crypto.hmac(.sha256, key: key.span, message: message.span))
            derived += last
            number &+= 1
        }
        return Array(derived.prefix(count))
    }

    @Test func `HKDF is what its definition says`() throws {
        var generator = SeededGenerator(seed: 5869)
        for _ in 0..<20 {
            let key = generator.bytes(.random(in: 32...1024, using: &generator))
            let info = generator.bytes(.random(in: 0...1024, using: &generator))
            #expect(try hex(expand(crypto, key, info)) == hex(model(key, info, 32)))
        }
        let key = [UInt8](repeating: 1, count: 1024)
        let info = [UInt8](repeating: 2, count: 1024)
        #expect(try hex(expand(crypto, key, info)) == hex(model(key, info, 32)))
    }

    @Test func `what HKDF does not take`() {
        let key = [UInt8](repeating: 1, count: 32)
        func refused(_ key: [UInt8], info: Int, count: Int) {
            let info = [UInt8](repeating: 2, count: info)
            #expect(throws: CryptoError.badArgument) { _ = try expand(crypto, key, info, count: count) }
        }
        for count in [0, 31, 33, 64] { refused(key, info: 0, count: count) }
        for count in [0, 31, 1025] { refused([UInt8](repeating: 1, count: count), info: 0, count: 32) }
        refused(key, info: 1025, count: 32)
    }
}
