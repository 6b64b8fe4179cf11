package import Crypto
package import TwostepCore

/// A token as another program kept it, on its way into a record.
///
/// A class, since arrays hold no noncopyable values; the key is wiped with its last owner.
package final class ForeignToken {
    /// 10 to 128 bytes.
    private let secret: SecretBytes
    package let kind: Token.Kind
    package let algorithm: HashAlgorithm
    package let digits: Int
    /// Seconds of a TOTP step; for HOTP 30, unused.
    package let period: Int
    /// The lowest step or counter value that was not spent there.
    package let floor: Int64
    /// How many steps the device's clock is ahead.
    package let drift: Int8

    /// Checks and takes the parts.
    ///
    /// - Throws: what is wrong with them, in words, never a part of the key.
    package init(
        secret: consuming SecretBytes, kind: Token.Kind, algorithm: HashAlgorithm = .sha1, digits: Int = 6,
        period: Int = 30, floor: Int64 = 0, drift: Int8 = 0
    ) throws(ImportError) {
        guard OTPAuthURI.secretSizes.contains(secret.count) else {
            throw ImportError("the key has \(secret.count) bytes; 10 to 128 are taken")
        }
        guard HOTP.digitsRange.contains(digits) else {
            throw ImportError("codes of \(digits) digits; 6 to 8 are taken")
        }
        guard TOTP.periodRange.contains(period) else {
            throw ImportError("a code lasts \(period) s; 15 to 120 s are taken")
        }
        guard floor >= 0, floor < Token.counterLimit else { throw ImportError("the counter is out of range") }
        self.secret = secret
        self.kind = kind
        self.algorithm = algorithm
        self.digits = digits
        self.period = period
        self.floor = floor
        self.drift = drift
    }

    /// Runs `body` with the key.
    package func withKey<R, E>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try ForeignToken.lend(secret, body)
    }

    /// Borrowed as an argument: the span of a class's own storage may not leave it.
    private static func lend<R, E>(
        _ secret: borrowing SecretBytes, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try body(secret.bytes)
    }

    /// Whether the two would have the same codes.
    package func hasSameKey(as other: ForeignToken) -> Bool {
        withKey { mine in other.withKey { equalInConstantTime(mine, $0) } }
    }

    /// Its form, in words.
    package var form: String {
        let kind = kind == .totp ? "timed" : "counted"
        return "\(kind) codes, \(algorithm.text), \(digits) digits" + (self.kind == .totp ? ", \(period) s" : "")
    }
}

/// One thing that a file says about a user, and what becomes of it.
package struct Note: Equatable, Sendable {
    /// A stable name for programs, such as `rate-limit`.
    package let name: String
    /// In words.
    package let text: String

    package init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }
}

/// What a file says about one user.
package struct ForeignUser {
    /// The user's name as the file has it; empty where the file names nobody.
    package var name: [UInt8] = []
    package var tokens: [ForeignToken] = []
    package var carriedOver: [Note] = []
    package var notCarriedOver: [Note] = []
    /// Why this user cannot be taken over; nil where nothing is against it.
    package var problem: ImportError?

    package init(name: [UInt8] = []) { self.name = name }

    /// Takes a token in, unless another one has its key: each would accept the other's codes, and so one code twice.
    mutating func add(_ token: ForeignToken) {
        var isKnown = false
        for other in tokens where other.hasSameKey(as: token) { isKnown = true }
        if isKnown {
            problem = ImportError("two of the tokens have the same key")
        } else if tokens.count == Record.tokenLimit {
            problem = ImportError("more than \(Record.tokenLimit) tokens")
        } else {
            tokens.append(token)
            carriedOver.insert(Note("token", token.form), at: tokens.count - 1)
        }
    }
}

/// Why a file, or what it says about a user, is not taken. Never with anything secret.
package struct ImportError: Error, Equatable, Sendable {
    /// Counted from 1; 0 where it is no line's fault.
    package var line: Int
    package let text: String

    package init(line: Int = 0, _ text: String) {
        self.line = line
        self.text = text
    }

    /// With the line in front.
    package var message: String { line > 0 ? "line \(line): \(text)" : text }
}
