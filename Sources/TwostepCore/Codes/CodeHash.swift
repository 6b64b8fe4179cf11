package import Crypto

/// What is kept of a code that is given out once, and that has so many random bits that nobody guesses one, or, with 40,
/// is sealed and counts for five minutes (docs/adr/0026-codes-that-a-site-sends.md): HMAC-SHA-256 under a salt of its own,
/// 32 bytes.
package enum CodeHash {
    /// The size of the salt that each code is hashed with.
    package static let saltSize = 16

    /// - Parameters:
    ///   - label: tells the kinds of codes apart, so that the hash of one is never that of another.
    ///   - salt: `saltSize` random bytes.
    package static func hash(
        _ code: Span<UInt8>, _ label: StaticString, salt: [UInt8], crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [UInt8] {
        var hash = try crypto.beginHMAC(.sha256, key: salt.span)
        let label = [UInt8](text: label)
        try hash.update(label.span)
        try hash.update(code)
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
        var room = digest.mutableSpan
        try hash.finish(into: &room)
        return digest
    }

    /// Whether a code that was typed is the one of which a hash is kept. All is computed whatever was typed and kept, and
    /// compared in constant time, so that the time tells nothing (law 8).
    ///
    /// - Parameters:
    ///   - typed: in its one spelling; nil for what is no code.
    ///   - kept: the salt and the hash; nil where nothing is kept.
    static func isRight(
        _ typed: borrowing SecretBytes?, _ label: StaticString, _ kept: (salt: [UInt8], hash: [UInt8])?,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Bool {
        switch typed {
        case .some(let typed): return try isRight(typed.bytes, label, kept, crypto: crypto)
        case .none:
            let nothing: [UInt8] = []
            _ = try isRight(nothing.span, label, kept, crypto: crypto)
            return false
        }
    }

    /// The same of what has the form of a code.
    static func isRight(
        _ code: Span<UInt8>, _ label: StaticString, _ kept: (salt: [UInt8], hash: [UInt8])?,
        crypto: borrowing Libcrypto
    ) throws(CryptoError) -> Bool {
        let salt = kept?.salt ?? [UInt8](repeating: 0, count: saltSize)
        let expected = kept?.hash ?? []
        let found = try hash(code, label, salt: salt, crypto: crypto)
        return equalInConstantTime(found.span, expected.span)
    }
}
