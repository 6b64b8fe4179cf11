package import Crypto

/// A recovery token that was given out: what is kept of it.
package struct RecoveryGrant: Equatable, Sendable {
    /// Who gave it out, and so what must be shown beside it.
    package enum Way: UInt8, Sendable, CaseIterable {
        /// A mail to the verified address: the answers to the security questions are asked for as well.
        case email = 1
        /// An administrator, who has checked the person.
        case admin = 2

        /// The name in the log, documented in docs/events.md.
        package var name: StaticString {
            switch self {
            case .email: "email"
            case .admin: "admin"
            }
        }
    }

    package enum Stage: UInt8, Sendable {
        /// Nobody has come with it yet.
        case given = 1
        /// Its owner has come with it and has not enrolled anew yet: it lets them go on with that, and with nothing else.
        case redeemed = 2
    }

    package static let idSize = 8
    /// How long a token counts, in seconds.
    package static let lifetime: Int64 = 3600
    /// How often somebody who has the token may give wrong answers.
    package static let wrongLimit = 5

    /// Random; tells this one from any other.
    package let id: [UInt8]
    package let way: Way
    package private(set) var stage: Stage
    /// Seconds since the epoch.
    package let made: Int64
    package let expires: Int64
    /// What the token is hashed with, `CodeHash.saltSize` bytes, and the hash.
    package let salt: [UInt8]
    package let hash: [UInt8]
    /// How many wrong answers were given, 0 to `wrongLimit`.
    package private(set) var wrong: Int

    package init(
        id: [UInt8], way: Way, stage: Stage = .given, made: Int64, expires: Int64, salt: [UInt8], hash: [UInt8],
        wrong: Int = 0
    ) {
        self.id = id
        self.way = way
        self.stage = stage
        self.made = made
        self.expires = expires
        self.salt = salt
        self.hash = hash
        self.wrong = wrong
    }

    /// Gives `token` out, from `now` on.
    ///
    /// - Parameters:
    ///   - id: `idSize` random bytes.
    ///   - salt: `CodeHash.saltSize` random bytes.
    package init(
        _ token: Span<UInt8>, id: [UInt8], way: Way, salt: [UInt8], now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) {
        let now = min(max(now, 0), Token.counterLimit)
        self.init(
            id: id, way: way, made: now, expires: now + RecoveryGrant.lifetime, salt: salt,
            hash: try RecoveryToken.hash(token, salt: salt, crypto: crypto))
    }

    /// Whether its token counts. A clock that was set back opens nothing.
    package func isOpen(at now: Int64) -> Bool {
        now < expires && now >= made - 60 && wrong < RecoveryGrant.wrongLimit
    }

    /// Charges wrong answers.
    package mutating func chargeWrongAnswers() { wrong = min(wrong + 1, RecoveryGrant.wrongLimit) }

    mutating func redeem() { stage = .redeemed }
}
