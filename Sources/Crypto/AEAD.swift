internal import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
package enum AEAD {
    /// The key's size in bytes.
    package static let keySize = 32
    /// The nonce's size in bytes.
    package static let nonceSize = 12
    /// The tag's size in bytes.
    package static let tagSize = 16
}

extension Libcrypto {
    /// Encrypts and authenticates `plaintext` (0 to 16 MiB).
    ///
    /// - Parameters:
    ///   - key: 32 bytes. Under one key a nonce may be used once only.
    ///   - nonce: 12 bytes.
    ///   - associated: what is authenticated beside the plaintext, at most 64 KiB.
    ///   - sealed: receives the ciphertext and then the tag; exactly `plaintext.count` + 16 bytes.
    package func seal(
        key: Span<UInt8>, nonce: Span<UInt8>, associated: Span<UInt8>, plaintext: Span<UInt8>,
        into sealed: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard key.count == AEAD.keySize, nonce.count == AEAD.nonceSize, associated.count <= 1 << 16,
            plaintext.count <= 1 << 24, sealed.count == plaintext.count + AEAD.tagSize
        else { throw .badArgument }
        markErrors()
        defer { dropErrors() }
        let context = try CipherContext()
        let count = Int32(plaintext.count)
        var ok = begin(context, key: key, nonce: nonce, encrypt: true)
        ok = ok && context.associate(associated)
        ok = ok && context.update(plaintext, count: count, into: &sealed)
        // SAFETY: the tag's 16 bytes follow the ciphertext, as the sizes checked above leave room for.
        ok = unsafe sealed.withUnsafeMutableBufferPointer { unsafe ok && context.finish(at: $0, offset: count) }
        guard ok else { throw .failed }
    }

    /// Checks and decrypts what `seal` made.
    ///
    /// - Parameter plaintext: receives the plaintext; exactly `sealed.count` - 16 bytes. Wiped on failure.
    /// - Throws: `.notAuthentic` if key, nonce, associated data, ciphertext or tag is another.
    package func open(
        key: Span<UInt8>, nonce: Span<UInt8>, associated: Span<UInt8>, sealed: Span<UInt8>,
        into plaintext: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard key.count == AEAD.keySize, nonce.count == AEAD.nonceSize, associated.count <= 1 << 16,
            sealed.count >= AEAD.tagSize, sealed.count <= (1 << 24) + AEAD.tagSize,
            plaintext.count == sealed.count - AEAD.tagSize
        else { throw .badArgument }
        markErrors()
        defer { dropErrors() }
        let context = try CipherContext()
        let count = Int32(plaintext.count)
        let text = sealed.extracting(first: plaintext.count)
        let tag = sealed.extracting(last: AEAD.tagSize)
        let taken =
            begin(context, key: key, nonce: nonce, encrypt: false) && context.associate(associated)
            && context.update(text, count: count, into: &plaintext) && context.expect(tag)
        guard taken, context.isAuthentic() else {
            for index in plaintext.indices { plaintext[index] = 0 }
            throw taken ? .notAuthentic : .failed
        }
    }

    private func begin(
        _ context: borrowing CipherContext, key: Span<UInt8>, nonce: Span<UInt8>, encrypt: Bool
    ) -> Bool {
        // SAFETY: both buffers live for the call inside; libcrypto copies what it needs of them.
        unsafe key.withUnsafeBufferPointer { key in
            unsafe nonce.withUnsafeBufferPointer { nonce in
                // SAFETY: the sizes of key and nonce were checked by the caller against the cipher's.
                unsafe EVP_CipherInit_ex2(
                    context.pointer, cipher, key.baseAddress, nonce.baseAddress, encrypt ? 1 : 0, nil) == 1
            }
        }
    }
}

/// A cipher context of libcrypto, freed (and by that wiped) with the value.
@safe public struct CipherContext: ~Copyable {
    fileprivate let pointer: OpaquePointer

    fileprivate init() throws(CryptoError) {
        // SAFETY: a new context owned by this value; the result is checked.
        guard let pointer = unsafe EVP_CIPHER_CTX_new() else { throw .failed }
        unsafe self.pointer = pointer
    }

    deinit {
        // SAFETY: the context is this value's own.
        unsafe EVP_CIPHER_CTX_free(pointer)
    }

    fileprivate func associate(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return true }
            var count: Int32 = 0
            // SAFETY: without an output address the bytes are taken as associated data; their count is at most 64 KiB.
            return unsafe EVP_CipherUpdate(pointer, nil, &count, base, Int32(bytes.count)) == 1
        }
    }

    fileprivate func update(_ input: Span<UInt8>, count: Int32, into output: inout MutableSpan<UInt8>) -> Bool {
        guard count > 0 else { return true }
        return unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var written: Int32 = 0
                // SAFETY: input holds `count` bytes and output at least as many; GCM writes as many as it reads.
                return unsafe EVP_CipherUpdate(pointer, output.baseAddress, &written, input.baseAddress, count) == 1
                    && written == count
            }
        }
    }

    fileprivate func finish(at output: UnsafeMutableBufferPointer<UInt8>, offset: Int32) -> Bool {
        guard let base = output.baseAddress else { return false }
        var none: Int32 = 0
        // SAFETY: GCM's final writes no text, and the caller left room for the tag behind `offset`.
        return unsafe EVP_EncryptFinal_ex(pointer, base + Int(offset), &none) == 1
            && twostep_get_tag(pointer, base + Int(offset), Int32(AEAD.tagSize)) == 1
    }

    /// Whether everything that was taken is what was sealed.
    fileprivate func isAuthentic() -> Bool {
        // SAFETY: GCM's final writes no text; the wrapper's buffer is there because the call wants an address.
        unsafe twostep_decrypt_final(pointer) == 1
    }

    fileprivate func expect(_ tag: Span<UInt8>) -> Bool {
        unsafe tag.withUnsafeBufferPointer { tag in
            // SAFETY: the tag's 16 bytes are only copied.
            unsafe twostep_set_tag(pointer, tag.baseAddress, Int32(tag.count)) == 1
        }
    }
}
