internal import Crypto

/// What is kept about one account. The bytes are described in docs/file-format.md.
public struct Record: ~Copyable {
    package enum State: UInt8, Sendable {
        /// Enrolment has begun and is not complete: nothing here is usable.
        case pending = 1
        case active = 2
        /// The owner must enrol again before anything else.
        case mustReenrol = 3
        /// The second step was turned off by the owner or an administrator.
        case disabled = 4
    }

    /// The most tokens a record may have.
    package static let tokenLimit = 8

    package var state: State
    /// False from `enroll --provision` until the first accepted code.
    package var confirmed: Bool
    /// After a slot was damaged and until a fresh TOTP step has passed: HOTP and backup codes are refused, since the
    /// older slot may not know that one was spent.
    package var cautious = false
    /// Seconds since the epoch.
    package var created: Int64
    /// When anything but a login last changed the record, in seconds since the epoch.
    package var changed: Int64
    package var lockout = Lockout()
    package private(set) var tokens: [Token] = []
    package var backupCodes = BackupCodeSet()
    /// The keys of all tokens, one after the other.
    private var secrets: SecretBytes

    package init(state: State, confirmed: Bool, created: Int64, changed: Int64) {
        self.state = state
        self.confirmed = confirmed
        self.created = created
        self.changed = changed
        secrets = SecretBytes(capacity: Record.tokenLimit * 128)
    }

    /// Adds a token with its key (1 to 128 bytes); the token's own `key` range is set here.
    ///
    /// - Returns: false, with nothing changed, where the token is invalid, its id is taken, or there is no room.
    package mutating func add(_ token: Token, key: Span<UInt8>) -> Bool {
        var token = token
        token.key = secrets.count..<(secrets.count + key.count)
        guard tokens.count < Record.tokenLimit, !tokens.contains(where: { $0.id == token.id }),
            token.isValid(secretCount: secrets.count + key.count), secrets.append(contentsOf: key)
        else { return false }
        tokens.append(token)
        return true
    }

    /// Changes the state of a token that the record has; its key stays what it is.
    package mutating func spend(_ index: Int, floor: Int64, lastUsed: Int64) {
        guard tokens.indices.contains(index) else { return }
        tokens[index].floor = min(max(floor, tokens[index].floor), Token.counterLimit)
        tokens[index].lastUsed = lastUsed
    }

    /// Runs `body` with the key of a token.
    package func withKey<R: ~Copyable, E>(
        of token: Token, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        guard token.isValid(secretCount: secrets.count) else { return try body(secrets.bytes.extracting(first: 0)) }
        return try body(secrets.bytes.extracting(token.key))
    }
}
