internal import COpenSSL

/// The hash functions of HOTP and TOTP (RFC 6238 section 1.2).
package enum HashAlgorithm: UInt8, Sendable, CaseIterable {
    case sha1 = 1
    case sha256 = 2
    case sha512 = 3

    /// The digest's size in bytes: 20, 32 or 64.
    package var digestSize: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The name that the Key URI format and people use.
    package var text: String {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        }
    }
}

/// One HMAC being computed (RFC 2104).
@safe public struct HMAC: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: HashAlgorithm

    fileprivate init(context: OpaquePointer, algorithm: HashAlgorithm) {
        unsafe self.context = context
        self.algorithm = algorithm
    }

    deinit {
        // SAFETY: the context is this value's own; libcrypto wipes the key in it.
        unsafe EVP_MAC_CTX_free(context)
    }

    /// Adds a part of the message.
    package mutating func update(_ part: Span<UInt8>) throws(CryptoError) {
        markErrors()
        defer { dropErrors() }
        let accepted = unsafe part.withUnsafeBufferPointer { part in
            // SAFETY: pointer and count are the same buffer's.
            unsafe part.baseAddress == nil ? 1 : EVP_MAC_update(context, part.baseAddress, part.count)
        }
        guard accepted == 1 else { throw .failed }
    }

    /// Ends the message.
    ///
    /// - Returns: the code, `digestSize` bytes.
    package consuming func finish() throws(CryptoError) -> SecretBytes {
        markErrors()
        defer { dropErrors() }
        let size = algorithm.digestSize
        var code = SecretBytes(zeroes: size)
        var written = 0
        var room = code.mutableBytes
        let done = unsafe room.withUnsafeMutableBufferPointer { room in
            // SAFETY: the buffer holds room.count bytes, and `written` outlives the call.
            unsafe EVP_MAC_final(context, room.baseAddress, &written, room.count)
        }
        guard done == 1, written == size else { throw .failed }
        return code
    }
}

extension Libcrypto {
    /// Begins an HMAC under `key` (1 to 1,024 bytes).
    package func beginHMAC(_ algorithm: HashAlgorithm, key: Span<UInt8>) throws(CryptoError) -> HMAC {
        guard key.count > 0, key.count <= 1024 else { throw .badArgument }
        markErrors()
        defer { dropErrors() }
        // SAFETY: the fetched MAC is alive as long as self, and the result is checked.
        guard let context = unsafe EVP_MAC_CTX_new(mac) else { throw .failed }
        let hmac = unsafe HMAC(context: context, algorithm: algorithm)
        let ready = unsafe key.withUnsafeBufferPointer { key in
            // SAFETY: the key's pointer and count are one buffer's, and libcrypto copies the key.
            unsafe twostep_mac_init(context, Int32(algorithm.rawValue), key.baseAddress, key.count)
        }
        guard ready == 1 else { throw .failed }
        return hmac
    }

    /// The HMAC of one message under `key` (1 to 1,024 bytes); `digestSize` bytes.
    package func hmac(
        _ algorithm: HashAlgorithm, key: Span<UInt8>, message: Span<UInt8>
    ) throws(CryptoError) -> SecretBytes {
        var hmac = try beginHMAC(algorithm, key: key)
        try hmac.update(message)
        return try hmac.finish()
    }
}
