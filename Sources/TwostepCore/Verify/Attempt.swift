package import Crypto

/// One answer at the prompt, ready to be judged.
public struct Attempt: ~Copyable {
    /// What the person typed.
    package let code: TypedCode
    /// For an answer shaped like a backup code, its bcrypt hash under the setting the record had just before;
    /// computed outside the record's lock; otherwise empty.
    package let backupHash: SecretBytes
    /// Where it comes from; nil for the world at large.
    package let source: Source?
    /// The FIDO2 key that somebody signed in with, in place of a code: sshd has checked the signature.
    package let securityKey: [UInt8]?

    package init(code: consuming TypedCode, backupHash: consuming SecretBytes, source: Source?) {
        self.code = code
        self.backupHash = backupHash
        self.source = source
        securityKey = nil
    }

    /// A signature in place of a code.
    package init(securityKey: [UInt8], source: Source?) {
        let nothing: [UInt8] = []
        code = TypedCode.read(nothing.span)
        backupHash = SecretBytes(capacity: 0)
        self.source = source
        self.securityKey = securityKey
    }
}

/// What the configuration says about judging.
package struct VerificationRules: Equatable, Sendable {
    /// How many time steps either side of the current one are accepted, 0 to 10 (RFC 6238 section 5.2).
    package var window = 1
    /// After how many failures in a row from one source single codes from there are not looked at, 1 to 100.
    package var deny = 5
    /// For how long, the first time, in seconds, 1 to 86,400.
    package var unlockTime = 900

    /// How many counter values ahead a HOTP code is looked for (RFC 4226 section 7.4).
    package static let lookAhead: Int64 = 10
    /// The same for two consecutive codes, which resynchronise a counter.
    package static let pairLookAhead: Int64 = 20
    /// How many time steps either side of the current one two consecutive codes are looked for, where `window` is
    /// smaller: they resynchronise a clock.
    package static let pairWindow = 4

    package init() {}
}

/// How somebody was let in.
package struct Acceptance: Equatable, Sendable {
    package enum Method: Sendable { case totp, hotp, backupCode, securityKey }
    package let method: Method
    /// Whether it was two consecutive codes.
    package let isPair: Bool
    /// The label of the token or security key, empty for a backup code.
    package let token: [UInt8]
    /// How many backup codes are left.
    package let backupCodesLeft: Int

    package init(method: Method, isPair: Bool = false, token: [UInt8], backupCodesLeft: Int) {
        self.method = method
        self.isPair = isPair
        self.token = token
        self.backupCodesLeft = backupCodesLeft
    }
}

/// Why somebody was not let in though everything worked.
package enum Refusal: Equatable, Sendable {
    case wrongCode
    /// The code was right and has been used.
    case alreadyUsed
    /// Not one code, not two, and not shaped like a backup code.
    case malformed
    /// Too many failures: single codes from there are not looked at until this time, in seconds since the epoch.
    case locked(until: Int64)
    /// So soon after a wrong pair of codes or a wrong backup code that the next one is not looked at until this time.
    case tooSoon(until: Int64)
    /// A part of the record was damaged; only a fresh TOTP code counts until one has passed.
    case damaged
    case notEnrolled
    case unknownUser
    case mustReenrol
    case disabled
}

/// The result of judging an attempt.
package enum Verdict: Equatable, Sendable {
    case accepted(Acceptance)
    case refused(Refusal)
}
