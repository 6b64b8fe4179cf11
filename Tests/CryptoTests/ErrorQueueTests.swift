import COpenSSL
import Crypto
import Testing

/// libcrypto's queue of errors belongs to the thread, and so to the host: we leave nothing in it.
@Suite struct ErrorQueueTests {
    @Test func `success leaves no error`() throws {
        ERR_clear_error()
        let crypto = try Libcrypto.load()
        let key = [UInt8](repeating: 1, count: 32)
        _ = try crypto.hmac(.sha1, key: key.span, message: key.span)
        _ = try expand(crypto, key, key)
        #expect(ERR_peek_error() == 0)
    }

    @Test func `failure leaves no error`() throws {
        ERR_clear_error()
        let crypto = try Libcrypto.load()
        let key = [UInt8](repeating: 1, count: 32)
        var room = [UInt8](repeating: 0, count: 16)
        #expect(throws: CryptoError.notAuthentic) {
            var span = room.mutableSpan
            try crypto.open(
                key: key.span, nonce: key.span.extracting(first: 12), associated: key.span, sealed: key.span,
                into: &span)
        }
        #expect(ERR_peek_error() == 0)
        #expect(throws: CryptoError.badArgument) { _ = try expand(crypto, key, key, count: 0) }
        #expect(ERR_peek_error() == 0)
        #expect(throws: CryptoError.badArgument) {
            _ = try crypto.hmac(.sha1, key: [UInt8]().span, message: key.span)
        }
        #expect(ERR_peek_error() == 0)
    }

    /// A host that wants FIPS algorithms where no FIPS provider is loaded: in a process of its own, since it holds for
    /// all of it.
    @Test func `nothing is fetched against the host's policy, and no error left`() async {
        await #expect(processExitsWith: .success) {
            #expect(EVP_default_properties_enable_fips(nil, 1) == 1)
            ERR_clear_error()
            #expect(throws: CryptoError.unavailable) { _ = try Libcrypto.load() }
            #expect(ERR_peek_error() == 0)
        }
    }
}
