internal import COpenSSL

/// The one door to libcrypto: what a login needs of it, fetched once and released with the value.
///
/// Everything comes from the default library context, so that the host's policy (FIPS, providers) holds here too
/// (docs/adr/0004-libcrypto.md).
@safe public struct Libcrypto: ~Copyable {
    /// SHA-1, SHA-256 and SHA-512; nil for one that the host's policy does not offer.
    private let digests: (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    let cipher: OpaquePointer

    private init(digests: (OpaquePointer?, OpaquePointer?, OpaquePointer?), cipher: OpaquePointer) {
        // SAFETY: the caller hands over what it fetched; nobody else frees it.
        unsafe self.digests = digests
        unsafe self.cipher = cipher
    }

    deinit {
        // SAFETY: all were fetched by `load` for this value alone and are not used after it.
        unsafe release(digests, cipher)
    }

    /// Fetches AES-256-GCM and the hash functions.
    ///
    /// - Throws: `.unavailable` where libcrypto's configuration does not offer AES-256-GCM.
    package static func load() throws(CryptoError) -> Libcrypto {
        markErrors()
        defer { dropErrors() }
        // SAFETY: the names are static C strings, a nil context is the default one, and each result is checked.
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { throw .unavailable }
        // SAFETY: as above; one that is nil is turned away where it is asked for.
        let digests = unsafe (
            EVP_MD_fetch(nil, "SHA1", nil), EVP_MD_fetch(nil, "SHA256", nil), EVP_MD_fetch(nil, "SHA512", nil)
        )
        // SAFETY: all of them were fetched here, for this value alone.
        return unsafe Libcrypto(digests: digests, cipher: cipher)
    }

    /// The fetched hash function.
    ///
    /// - Throws: `.unavailable` where the host's policy does not offer it.
    func digest(_ algorithm: HashAlgorithm) throws(CryptoError) -> OpaquePointer {
        // SAFETY: what is handed out is used while this value lives, which frees it at its end.
        let digest =
            switch algorithm {
            case .sha1: unsafe digests.0
            case .sha256: unsafe digests.1
            case .sha512: unsafe digests.2
            }
        guard let digest = unsafe digest else { throw .unavailable }
        return unsafe digest
    }
}

/// Gives back what was fetched. A function of its own, so that it does not stand wherever a store is closed.
///
/// - Safety: all must have been fetched, and nobody may use them any more; freeing nil is allowed.
@inline(never) @unsafe
private func release(_ digests: (OpaquePointer?, OpaquePointer?, OpaquePointer?), _ cipher: OpaquePointer) {
    // SAFETY: as the caller promises.
    unsafe EVP_MD_free(digests.0)
    unsafe EVP_MD_free(digests.1)
    unsafe EVP_MD_free(digests.2)
    unsafe EVP_CIPHER_free(cipher)
}

/// Marks this thread's queue of libcrypto errors, which belongs to the host, before an operation.
func markErrors() { ERR_set_mark() }

/// Takes off the queue what has come since the mark; what the host left there stays. See ERR_set_mark(3).
func dropErrors() { ERR_pop_to_mark() }
