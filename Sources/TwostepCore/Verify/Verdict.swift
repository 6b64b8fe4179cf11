/// How somebody was let in.
package struct Acceptance: Equatable, Sendable {
    package enum Method: Sendable { case totp, hotp, backupCode, sentCode, securityKey, remembered }
    package let method: Method
    /// Whether it was two consecutive codes.
    package let isPair: Bool
    /// The label of the token or security key, empty for a backup code, a sent one and a remembered login.
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
