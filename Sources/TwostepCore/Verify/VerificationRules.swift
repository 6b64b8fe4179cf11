/// What the configuration says about judging.
package struct VerificationRules: Equatable, Sendable {
    /// The largest `window` there is.
    package static let largestWindow: Int64 = 10
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
