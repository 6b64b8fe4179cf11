package import Crypto

/// One authenticator entry: how its codes are computed and which of them are spent.
package struct Token: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// RFC 6238.
        case totp = 1
        /// RFC 4226.
        case hotp = 2
    }

    /// What no token's `floor` may reach: steps and counters stay far below, so that sums never overflow.
    package static var counterLimit: Int64 { Int64(HOTP.largestStoredCounter) }

    /// How far an authenticator's clock is followed, in steps either way.
    package static var driftRange: ClosedRange<Int8> { -10...10 }

    /// The longest label, in bytes.
    package static var labelLimit: Int { 64 }

    /// Unique within the record, from 1.
    package var id: UInt32
    package var kind: Kind
    package var algorithm: HashAlgorithm
    /// 6 to 8.
    package var digits: Int
    /// The length of a TOTP step in seconds, 15 to 120. For HOTP 30, unused.
    package var period: Int
    /// The lowest time step (TOTP) or counter (HOTP) that is still unspent.
    package var floor: Int64
    /// How many steps the authenticator's clock is ahead of ours, within `driftRange`.
    package var drift: Int8
    /// To which side of its step the last accepted code lay, -1, 0 or 1: only the second time running moves `drift`.
    package var lean: Int8 = 0
    /// Seconds since the epoch.
    package var created: Int64
    /// Seconds since the epoch; 0 for never.
    package var lastUsed: Int64
    /// What the owner calls it, UTF-8, 0 to `labelLimit` bytes.
    package var label: [UInt8]
    /// Where its key lies in the record's secrets: 1 to 128 bytes.
    package var key: Range<Int>

    package init(
        id: UInt32, kind: Kind, algorithm: HashAlgorithm, digits: Int, period: Int, floor: Int64 = 0, drift: Int8 = 0,
        created: Int64, lastUsed: Int64 = 0, label: [UInt8], key: Range<Int>
    ) {
        self.id = id
        self.kind = kind
        self.algorithm = algorithm
        self.digits = digits
        self.period = period
        self.floor = floor
        self.drift = drift
        self.created = created
        self.lastUsed = lastUsed
        self.label = label
        self.key = key
    }

    /// Whether every field is in its range and the key lies within `secretCount` bytes.
    package func isValid(secretCount: Int) -> Bool {
        id > 0 && HOTP.digitsRange.contains(digits) && TOTP.periodRange.contains(period)
            && (0...Token.counterLimit).contains(floor)
            && Token.driftRange.contains(drift) && (-1...1).contains(lean) && created >= 0 && lastUsed >= 0
            && label.count <= Token.labelLimit
            && key.lowerBound >= 0 && key.upperBound <= secretCount && (1...128).contains(key.count)
    }
}
