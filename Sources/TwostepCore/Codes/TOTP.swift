/// One-time codes from the time (RFC 6238).
package enum TOTP {
    /// How long a time step may be, in seconds (RFC 6238 section 5.2 recommends 30).
    package static let periodRange = 15...120

    /// The time step at `seconds` since the Unix epoch, with T0 = 0 (RFC 6238 section 4.2).
    ///
    /// - Parameters:
    ///   - seconds: any time; times before the epoch give negative steps, rounded down like all others.
    ///   - period: the length of a step in seconds, 15 to 120; what lies outside is taken as the nearer end.
    package static func step(at seconds: Int64, period: Int) -> Int64 {
        let period = Int64(min(max(period, periodRange.lowerBound), periodRange.upperBound))
        let (quotient, remainder) = seconds.quotientAndRemainder(dividingBy: period)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
