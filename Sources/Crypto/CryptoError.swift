/// Why a cryptographic operation gave no result.
public enum CryptoError: Error, Equatable, Sendable {
    /// libcrypto or libcrypt offers no such algorithm here, or could not be set up (a bad configuration file, FIPS).
    case unavailable
    /// The operation failed inside the library.
    case failed
    /// A sealed text, its associated data or its tag is not what was sealed.
    case notAuthentic
    /// An argument is outside what the operation takes.
    case badArgument
    /// The kernel gave no random bytes.
    case noRandomness
}
