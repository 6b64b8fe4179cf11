package import Crypto

/// One answer at the prompt, ready to be judged.
public struct Attempt: ~Copyable {
    /// What the person typed.
    package let code: TypedCode
    /// For an answer shaped like a backup code, its bcrypt hash under the setting the record had just before;
    /// computed outside the record's lock; otherwise empty.
    package let backupHash: SecretBytes

    package init(code: consuming TypedCode, backupHash: consuming SecretBytes) {
        self.code = code
        self.backupHash = backupHash
    }
}

/// What the configuration says about judging.
package struct VerificationRules: Equatable, Sendable {
    /// How many time steps either side of the current one are accepted, 0 to 10 (RFC 6238 section 5.2).
    package var window = 1
    /// After how many failures in a row the account locks, 1 to 100.
    package var deny = 5
    /// How long the first lock lasts, in seconds, 1 to 86,400.
    package var unlockTime = 900

    /// How many counter values ahead a HOTP code is looked for (RFC 4226 section 7.4).
    package static let lookAhead: Int64 = 10

    package init() {}
}

/// How somebody was let in.
package struct Acceptance: Equatable, Sendable {
    package enum Method: Sendable { case totp, hotp, backupCode }
    package let method: Method
    /// The label of the token, empty for a backup code.
    package let token: [UInt8]
    /// How many backup codes are left.
    package let backupCodesLeft: Int
}

/// Why somebody was not let in though everything worked.
package enum Refusal: Equatable, Sendable {
    case wrongCode
    /// The code was right and has been used.
    case alreadyUsed
    /// Not six to eight digits and not shaped like a backup code.
    case malformed
    /// Too many failures; nothing is looked at until this time, in seconds since the epoch.
    case locked(until: Int64)
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
