package import Crypto

/// A token as authenticator apps take it in, mostly from a QR code: `otpauth://TYPE/LABEL?PARAMETERS`.
///
/// The format is Google's Key URI format; percent-encoding is RFC 3986's. An issuer or account holds no colon
/// (that is what separates them in the label) and no control character (they reach terminals).
package struct OTPAuthURI: ~Copyable {
    /// What moves the token on.
    package enum Kind: Equatable, Sendable {
        /// The time (RFC 6238); the length of a step in seconds, 15 to 120.
        case totp(period: Int)
        /// A counter (RFC 4226); the next one to be used, 0 to 2^48.
        case hotp(counter: UInt64)
    }

    /// The most bytes that `parse` reads. Whatever `write` makes is shorter.
    package static let longestText = 2048
    /// How long a secret may be, in bytes (RFC 4226 section 4 asks for 16 and recommends 20; 10 are in wide use).
    package static let secretSizes = 10...128
    /// The most bytes of an issuer's name.
    package static let longestIssuer = 128
    /// The most bytes of an account's name.
    package static let longestAccount = 255

    /// The shared secret, 10 to 128 bytes.
    package let secret: SecretBytes
    /// Who runs the machine, as the app shows it: UTF-8, 0 to 128 bytes.
    package let issuer: [UInt8]
    /// Whose token it is, as the app shows it: UTF-8, 1 to 255 bytes, no space in front.
    package let account: [UInt8]
    package let algorithm: HashAlgorithm
    /// How many digits a code has, 6 to 8.
    package let digits: Int
    package let kind: Kind

    /// Checks and takes the parts.
    ///
    /// - Throws: the `URIError` that names the part outside its range.
    package init(
        secret: consuming SecretBytes, issuer: [UInt8], account: [UInt8], algorithm: HashAlgorithm, digits: Int,
        kind: Kind
    ) throws(URIError) {
        guard OTPAuthURI.secretSizes.contains(secret.count) else { throw .badSecret }
        guard issuer.count <= OTPAuthURI.longestIssuer, OTPAuthURI.isName(issuer.span) else { throw .badIssuer }
        // A space in front would be taken for one of those that the format allows behind the label's colon.
        guard let first = account.first, first != UInt8(ascii: " "), account.count <= OTPAuthURI.longestAccount,
            OTPAuthURI.isName(account.span)
        else { throw .badAccount }
        guard HOTP.digitsRange.contains(digits) else { throw .badDigits }
        switch kind {
        case .totp(let period): guard TOTP.periodRange.contains(period) else { throw .badPeriod }
        case .hotp(let counter): guard counter <= HOTP.largestStoredCounter else { throw .badCounter }
        }
        self.secret = secret
        self.issuer = issuer
        self.account = account
        self.algorithm = algorithm
        self.digits = digits
        self.kind = kind
    }

    /// The URI in ASCII, less than 2,048 bytes; secret, since the token's secret is in it.
    ///
    /// What is SHA1, 6 digits and 30 s is left out: the format defines it so, and a shorter text is a QR code that fits
    /// more terminals (docs/adr/0018-the-enrolment-dialogue.md). The issuer stands in the label and as a parameter, as
    /// the format recommends.
    package func write() -> SecretBytes {
        var text = SecretBytes(capacity: OTPAuthURI.longestText)
        append("otpauth://", to: &text)
        switch kind {
        case .totp: append("totp/", to: &text)
        case .hotp: append("hotp/", to: &text)
        }
        // The parts' limits keep the whole below the capacity, so nothing is ever dropped.
        if !issuer.isEmpty {
            _ = PercentEncoding.append(issuer.span, to: &text)
            append(":", to: &text)
        }
        _ = PercentEncoding.append(account.span, to: &text)
        append("?secret=", to: &text)
        text.append(contentsOf: Base32.encode(secret.bytes).bytes)
        if !issuer.isEmpty {
            append("&issuer=", to: &text)
            _ = PercentEncoding.append(issuer.span, to: &text)
        }
        if algorithm != .sha1 {
            append("&algorithm=", to: &text)
            append(algorithm.text, to: &text)
        }
        if digits != 6 {
            append("&digits=", to: &text)
            append(decimal: UInt64(digits), to: &text)
        }
        switch kind {
        case .totp(30): break
        case .totp(let period):
            append("&period=", to: &text)
            append(decimal: UInt64(period), to: &text)
        case .hotp(let counter):
            append("&counter=", to: &text)
            append(decimal: counter, to: &text)
        }
        return text
    }

    private func append(_ literal: StaticString, to text: inout SecretBytes) {
        for byte in [UInt8](text: literal) { text.append(byte) }
    }

    private func append(decimal value: UInt64, to text: inout SecretBytes) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// Whether `bytes` are UTF-8 (RFC 3629) without a colon and without control characters (C0, DEL, C1).
    static func isName(_ bytes: Span<UInt8>) -> Bool {
        guard let text = try? UTF8Span(validating: bytes) else { return false }
        var scalars = text.makeUnicodeScalarIterator()
        while let scalar = scalars.next() {
            switch scalar.value {
            case 0x00...0x1f, 0x3a, 0x7f...0x9f: return false
            default: continue
            }
        }
        return true
    }
}
