package import Crypto
internal import Linux
internal import TwostepCore

/// A master key and its public name. A class, since a record read during a rotation brings its key along.
public final class MasterKey {
    /// The key's size in bytes.
    package static let size = 32
    /// The size of a key id in bytes.
    package static let idSize = 8

    private let bytes: SecretBytes
    /// Tells keys apart without saying anything about them: 8 bytes derived from the key, as a big-endian number.
    package let id: UInt64

    package init(_ bytes: consuming SecretBytes, crypto: borrowing Libcrypto) throws(CryptoError) {
        guard bytes.count == MasterKey.size else { throw .badArgument }
        let label: [UInt8] = [UInt8](text: "twostep key id v1")
        var derived = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
        var room = derived.mutableSpan
        try crypto.expand(key: bytes.bytes, info: label.span, into: &room)
        self.bytes = bytes
        id = bigEndian(derived.span, at: 0)
    }

    /// Begins an HMAC under the key.
    func beginHMAC(_ crypto: borrowing Libcrypto) throws(CryptoError) -> HMAC {
        try MasterKey.beginHMAC(bytes, crypto)
    }

    /// HMAC-SHA-256 of a text under the key, 32 bytes.
    @inline(never)
    func hash(_ text: [UInt8], _ crypto: borrowing Libcrypto) throws(StoreError) -> [UInt8] {
        do throws(CryptoError) {
            var hash = try beginHMAC(crypto)
            try hash.update(text.span)
            var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
            var room = digest.mutableSpan
            try hash.finish(into: &room)
            return digest
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
    }

    /// The key for one text.
    func expand(info: [UInt8], _ crypto: borrowing Libcrypto, into key: inout SecretBytes) throws(CryptoError) {
        key.resize(to: AEAD.keySize)
        var room = key.mutableBytes
        try MasterKey.expand(bytes, info, crypto, into: &room)
    }

    /// A copy of the key's bytes.
    var copy: SecretBytes { MasterKey.copy(bytes) }

    // Borrowed as arguments: the span of a class's own storage may not leave it.

    private static func beginHMAC(
        _ bytes: borrowing SecretBytes, _ crypto: borrowing Libcrypto
    ) throws(CryptoError) -> HMAC { try crypto.beginHMAC(.sha256, key: bytes.bytes) }

    private static func expand(
        _ bytes: borrowing SecretBytes, _ info: [UInt8], _ crypto: borrowing Libcrypto,
        into room: inout MutableSpan<UInt8>
    ) throws(CryptoError) { try crypto.expand(key: bytes.bytes, info: info.span, into: &room) }

    private static func copy(_ bytes: borrowing SecretBytes) -> SecretBytes { bytes.copy() }
}

/// The number that eight bytes are.
@inline(never)
func bigEndian(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in offset..<(offset + 8) { value = value << 8 | UInt64(bytes[index]) }
    return value
}

/// The keys that something in a store may be sealed under: the current one, and while a rotation is unfinished, the one
/// before it.
struct Keyring {
    let current: MasterKey
    var old: MasterKey?

    /// The key of this id; nil where it is neither's.
    func key(_ id: UInt64) -> MasterKey? { id == current.id ? current : id == old?.id ? old : nil }
}

/// What a sealed text is; each kind has keys of its own.
enum SealedKind {
    case record, marker, index

    var label: [UInt8] {
        switch self {
        case .record: [UInt8](text: "twostep record v1")
        case .marker: [UInt8](text: "twostep marker v1")
        case .index: [UInt8](text: "twostep index v1")
        }
    }
}

/// AES-256-GCM under a key of its own for every single text: HKDF-Expand(master key, label ‖ salt), so that the nonce
/// can be fixed. Layout: salt (32 bytes), ciphertext, tag (16 bytes).
enum Sealing {
    static let saltSize = 32
    /// How much longer a sealed text is than what it holds, in bytes.
    static var overhead: Int { saltSize + AEAD.tagSize }
    private static var nonce: [UInt8] { [UInt8](repeating: 0, count: AEAD.nonceSize) }

    /// Seals `plaintext` into `sealed`, which must be `overhead` longer.
    ///
    /// The salt is fresh randomness hashed, under the master key, with everything it will seal: a machine that was
    /// cloned, randomness included, still repeats no key for two different texts.
    static func seal(
        _ kind: SealedKind, _ plaintext: Span<UInt8>, associated: [UInt8], into sealed: inout MutableSpan<UInt8>,
        key: MasterKey, crypto: borrowing Libcrypto, textKey: inout SecretBytes
    ) throws(CryptoError) {
        guard sealed.count == plaintext.count + overhead else { throw .badArgument }
        let randomness = try randomBytes(saltSize)
        var hash = try key.beginHMAC(crypto)
        let label: [UInt8] = [UInt8](text: "twostep salt v1")
        try hash.update(label.span)
        try hash.update(randomness.span)
        try hash.update(associated.span)
        try hash.update(plaintext)
        var salt = [UInt8](repeating: 0, count: saltSize)
        var saltRoom = salt.mutableSpan
        try hash.finish(into: &saltRoom)
        for index in salt.indices { sealed[index] = salt[index] }
        try deriveKey(kind, salt: salt.span, key: key, crypto: crypto, into: &textKey)
        let nonce = nonce
        var text = sealed._mutatingExtracting(last: plaintext.count + AEAD.tagSize)
        try crypto.seal(
            key: textKey.bytes, nonce: nonce.span, associated: associated.span, plaintext: plaintext, into: &text)
    }

    /// Opens what `seal` made, into `plaintext`, which must be `overhead` shorter; zeroes stand there on failure.
    ///
    /// - Parameter textKey: room for 32 bytes, which serves for many texts in turn.
    /// - Throws: `.notAuthentic` where anything about it is not what was sealed.
    @inline(never)
    static func open(
        _ kind: SealedKind, _ sealed: Span<UInt8>, associated: [UInt8], key: MasterKey,
        crypto: borrowing Libcrypto, textKey: inout SecretBytes, into plaintext: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard sealed.count >= overhead, plaintext.count == sealed.count - overhead else { throw .badArgument }
        let salt = sealed.extracting(first: saltSize)
        try deriveKey(kind, salt: salt, key: key, crypto: crypto, into: &textKey)
        let nonce = nonce
        try crypto.open(
            key: textKey.bytes, nonce: nonce.span, associated: associated.span,
            sealed: sealed.extracting(last: sealed.count - saltSize), into: &plaintext)
    }

    @inline(never)
    private static func deriveKey(
        _ kind: SealedKind, salt: Span<UInt8>, key: MasterKey, crypto: borrowing Libcrypto,
        into textKey: inout SecretBytes
    ) throws(CryptoError) {
        var info = kind.label
        for index in salt.indices { info.append(salt[index]) }
        try key.expand(info: info, crypto, into: &textKey)
    }
}
