import Crypto
import Testing

/// Every published vector; where they come from stands in the files.
@Suite struct VectorTests: ~Copyable {
    private let crypto: Libcrypto

    init() throws { crypto = try Libcrypto.load() }

    @Test(arguments: [
        ("hmac-sha1.txt", 7), ("hmac-sha256.txt", 7), ("hmac-sha512.txt", 7), ("hkdf-sha256.txt", 3),
        ("gcm-encrypt-256.rsp", 100), ("gcm-decrypt-256.rsp", 100), ("bcrypt.txt", 28),
    ])
    func `the files are there and whole`(file: String, count: Int) {
        #expect(Vector.read(file).count == count)
    }

    private func hmac(_ vector: Vector, _ algorithm: HashAlgorithm) throws {
        let key = try vector.bytes("Key")
        let message = try vector.bytes("Msg")
        let expected = try vector.text("MD")
        let code = array(try crypto.hmac(algorithm, key: key.span, message: message.span))
        #expect(code.count == algorithm.digestSize)
        // Test case 5 of RFC 4231 gives the first half only.
        try #require(expected.count >= 32)
        #expect(hex(code).prefix(expected.count) == expected)
    }

    @Test(arguments: Vector.read("hmac-sha1.txt")) func `HMAC-SHA-1 (RFC 2202)`(vector: Vector) throws {
        try hmac(vector, .sha1)
    }

    @Test(arguments: Vector.read("hmac-sha256.txt")) func `HMAC-SHA-256 (RFC 4231)`(vector: Vector) throws {
        try hmac(vector, .sha256)
    }

    @Test(arguments: Vector.read("hmac-sha512.txt")) func `HMAC-SHA-512 (RFC 4231)`(vector: Vector) throws {
        try hmac(vector, .sha512)
    }

    @Test(arguments: Vector.read("hkdf-sha256.txt")) func `HKDF-Expand (RFC 5869)`(vector: Vector) throws {
        let key = try vector.bytes("PRK")
        let info = try vector.bytes("info")
        // Ours gives the first 32 bytes, two digits each.
        #expect(try hex(expand(crypto, key, info)) == vector.text("OKM").prefix(64))
    }

    @Test(arguments: Vector.read("gcm-encrypt-256.rsp") + Vector.read("gcm-decrypt-256.rsp").filter { !$0.mustFail })
    func `AES-256-GCM seals and opens (NIST CAVP)`(vector: Vector) throws {
        let key = try vector.bytes("Key")
        let nonce = try vector.bytes("IV")
        let associated = try vector.bytes("AAD")
        let plaintext = try vector.bytes("PT")
        let expected = try vector.bytes("CT") + vector.bytes("Tag")
        var sealed = [UInt8](repeating: 0, count: plaintext.count + AEAD.tagSize)
        var sealedSpan = sealed.mutableSpan
        try crypto.seal(
            key: key.span, nonce: nonce.span, associated: associated.span, plaintext: plaintext.span, into: &sealedSpan)
        #expect(sealed == expected)
        var opened = [UInt8](repeating: 0xaa, count: plaintext.count)
        var openedSpan = opened.mutableSpan
        try crypto.open(
            key: key.span, nonce: nonce.span, associated: associated.span, sealed: expected.span, into: &openedSpan)
        #expect(opened == plaintext)
    }

    @Test(arguments: Vector.read("gcm-decrypt-256.rsp").filter(\.mustFail))
    func `AES-256-GCM refuses (NIST CAVP)`(vector: Vector) throws {
        let key = try vector.bytes("Key")
        let nonce = try vector.bytes("IV")
        let associated = try vector.bytes("AAD")
        let sealed = try vector.bytes("CT") + vector.bytes("Tag")
        var opened = [UInt8](repeating: 0xaa, count: sealed.count - AEAD.tagSize)
        #expect(throws: CryptoError.notAuthentic) {
            var span = opened.mutableSpan
            try crypto.open(
                key: key.span, nonce: nonce.span, associated: associated.span, sealed: sealed.span, into: &span)
        }
        #expect(opened.allSatisfy { $0 == 0 })
    }

    @Test(arguments: Vector.read("bcrypt.txt")) func `bcrypt (Openwall, PyPI's bcrypt)`(vector: Vector) throws {
        let phrase = try vector.bytes("Phrase")
        let setting = Array(try vector.text("Setting").utf8)
        let hash = Array(try vector.text("Hash").utf8)
        #expect(try array(Bcrypt.hash(phrase.span, setting: setting.span)) == hash)
        // A whole hash serves as the setting too.
        #expect(try array(Bcrypt.hash(phrase.span, setting: hash.span)) == hash)
    }
}
