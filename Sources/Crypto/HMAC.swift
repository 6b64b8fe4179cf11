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
    package var text: StaticString {
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
        // SAFETY: the caller hands over a context that nobody else frees.
        unsafe self.context = context
        self.algorithm = algorithm
    }

    deinit {
        // SAFETY: the context is this value's own; libcrypto wipes the key in it.
        unsafe HMAC_CTX_free(context)
    }

    /// Adds a part of the message.
    @inline(never)
    package mutating func update(_ part: Span<UInt8>) throws(CryptoError) {
        markErrors()
        defer { dropErrors() }
        // SAFETY: pointer and count are one buffer's, which outlives the call.
        let accepted = unsafe part.withUnsafeBufferPointer { part in
            unsafe part.baseAddress == nil ? 1 : HMAC_Update(context, part.baseAddress, part.count)
        }
        guard accepted == 1 else { throw .failed }
    }

    /// Ends the message.
    ///
    /// - Returns: the code, `digestSize` bytes.
    package consuming func finish() throws(CryptoError) -> SecretBytes {
        var code = SecretBytes(zeroes: algorithm.digestSize)
        var room = code.mutableBytes
        try finish(into: &room)
        return code
    }

    /// Ends the message and writes the code to `room`, which has `digestSize` bytes.
    package consuming func finish(into room: inout MutableSpan<UInt8>) throws(CryptoError) {
        guard room.count == algorithm.digestSize else { throw .badArgument }
        markErrors()
        defer { dropErrors() }
        var written: UInt32 = 0
        // SAFETY: the buffer holds the digest's size, as checked above, and it and `written` outlive the call.
        let done = unsafe room.withUnsafeMutableBufferPointer { room in
            unsafe HMAC_Final(context, room.baseAddress, &written)
        }
        guard done == 1, Int(written) == room.count else { throw .failed }
    }
}

extension Libcrypto {
    /// Begins an HMAC under `key` (1 to 1,024 bytes).
    package func beginHMAC(_ algorithm: HashAlgorithm, key: Span<UInt8>) throws(CryptoError) -> HMAC {
        guard key.count > 0, key.count <= 1024 else { throw .badArgument }
        markErrors()
        defer { dropErrors() }
        // SAFETY: a pointer to what libcrypto keeps for as long as self lives; it is handed on and not looked at.
        let digest = unsafe try digest(algorithm)
        // SAFETY: a new context, checked, and owned by the value made of it.
        guard let context = unsafe HMAC_CTX_new() else { throw .failed }
        let hmac = unsafe HMAC(context: context, algorithm: algorithm)
        // SAFETY: pointer and count are one buffer's, libcrypto copies the key, and the digest lives as long as self.
        let ready = unsafe key.withUnsafeBufferPointer { key in
            unsafe HMAC_Init_ex(context, key.baseAddress, Int32(key.count), digest, nil)
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
