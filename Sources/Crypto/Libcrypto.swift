internal import COpenSSL

/// The one door to libcrypto: what a login needs of it, fetched once and released with the value.
///
/// Everything comes from the default library context, so that the host's policy (FIPS, providers) holds here too
/// (docs/adr/0004-libcrypto.md).
@safe public struct Libcrypto: ~Copyable {
    let mac: OpaquePointer
    let kdf: OpaquePointer
    let cipher: OpaquePointer

    private init(mac: OpaquePointer, kdf: OpaquePointer, cipher: OpaquePointer) {
        unsafe self.mac = mac
        unsafe self.kdf = kdf
        unsafe self.cipher = cipher
    }

    deinit {
        // SAFETY: the three were fetched by `load` for this value alone and are not used after it.
        unsafe EVP_MAC_free(mac)
        unsafe EVP_KDF_free(kdf)
        unsafe EVP_CIPHER_free(cipher)
    }

    /// Fetches HMAC, HKDF and AES-256-GCM.
    ///
    /// - Throws: `.unavailable` where libcrypto's configuration offers one of them not.
    package static func load() throws(CryptoError) -> Libcrypto {
        markErrors()
        defer { dropErrors() }
        // SAFETY: the names are static C strings, a nil context is the default one, and each result is checked.
        guard let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw .unavailable }
        guard let kdf = unsafe EVP_KDF_fetch(nil, "HKDF", nil) else {
            unsafe EVP_MAC_free(mac)
            throw .unavailable
        }
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            unsafe EVP_MAC_free(mac)
            unsafe EVP_KDF_free(kdf)
            throw .unavailable
        }
        return unsafe Libcrypto(mac: mac, kdf: kdf, cipher: cipher)
    }
}

/// Marks this thread's queue of libcrypto errors, which belongs to the host, before an operation.
func markErrors() { ERR_set_mark() }

/// Takes off the queue what has come since the mark; what the host left there stays. See ERR_set_mark(3).
func dropErrors() { ERR_pop_to_mark() }
