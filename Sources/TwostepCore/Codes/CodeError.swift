/// Why a text is not base32 (RFC 4648 section 6).
package enum CodeError: Error, Equatable, Sendable {
    /// More characters than are read.
    case tooLong
    /// A character outside the alphabet, or padding that is not at the end.
    case badCharacter
    /// A number of characters that no byte string encodes to.
    case badLength
    /// Bits behind the last whole byte that are not zero, so that another text would mean the same bytes.
    case trailingBits
}

/// Why a text is not an `otpauth://` URI that Twostep takes, or why one cannot be made.
package enum URIError: Error, Equatable, Sendable {
    /// More than 2,048 bytes.
    case tooLong
    /// The text does not begin with `otpauth://`.
    case notOTPAuth
    /// Neither `totp` nor `hotp`.
    case badKind
    /// A percent sign without two hexadecimal digits, a control character, invalid UTF-8, or a fragment (`#`).
    case badEncoding
    /// No label, or one with more than one colon.
    case badLabel
    /// An issuer with a colon or a control character, of more than 128 bytes, or not UTF-8.
    case badIssuer
    /// An account that is empty, begins with a space, has a colon or a control character, is longer than 255 bytes,
    /// or is not UTF-8.
    case badAccount
    /// A parameter of the format that is given more than once.
    case duplicate
    /// No secret.
    case missingSecret
    /// A secret that is not base32, or not 10 to 128 bytes long.
    case badSecret
    /// An algorithm other than SHA1, SHA256 and SHA512.
    case badAlgorithm
    /// A number of digits other than 6, 7 and 8.
    case badDigits
    /// A period other than 15 to 120 seconds.
    case badPeriod
    /// A counter-based token without its counter.
    case missingCounter
    /// A counter that is not a decimal number of at most 2^48.
    case badCounter
}
