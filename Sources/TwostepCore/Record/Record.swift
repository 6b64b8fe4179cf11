package import Crypto

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
    package var throttle: Throttle
    package private(set) var tokens: [Token] = []
    package var backupCodes = BackupCodeSet()
    package private(set) var securityKeys: [SecurityKey] = []
    /// Logins that need no code for a while, the one with the latest code first. Every change but a login's ends them.
    package internal(set) var remembered: [RememberedLogin] = []
    /// What the tool and the service keep here (`Appendix`), at most `Appendix.limit` bytes; a login looks at none of it.
    package internal(set) var appendix = SecretBytes(capacity: 0)
    /// The keys of all tokens, one after the other.
    private var secrets: SecretBytes

    package init(state: State, confirmed: Bool, created: Int64, changed: Int64) {
        self.state = state
        self.confirmed = confirmed
        self.created = created
        self.changed = changed
        throttle = Throttle(now: created)
        // For the keys of as many tokens as a record may have.
        secrets = SecretBytes(capacity: Record.tokenLimit * 128)
    }

    /// What `changed` becomes by a change at this time: never the same twice, so that it tells any that was made while
    /// somebody typed.
    package func nextChange(at now: Int64) -> Int64 { max(now, changed &+ 1) }

    /// Wipes keys and appendix and forgets all lists, to be read into again (`RecordCodec`) in the same memory: mapping
    /// some anew for each of many records takes longer than all else, and no two threads can do it at once.
    package mutating func clear() {
        if secrets.count > 0 { secrets.wipe() }
        if appendix.count > 0 { appendix.wipe() }
        tokens = []
        backupCodes = BackupCodeSet()
        securityKeys = []
        remembered = []
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

    /// Follows an authenticator whose clock drifts: `offset` steps from where its code was expected, one step at a time
    /// and only where two accepted codes in a row say so. A person who types slowly now and then moves nothing.
    package mutating func follow(_ index: Int, offset: Int64) {
        guard tokens.indices.contains(index) else { return }
        let side = Int8(offset.signum())
        guard side != 0, side == tokens[index].lean else {
            tokens[index].lean = side
            return
        }
        let drift = tokens[index].drift + side
        if Token.driftRange.contains(drift) { tokens[index].drift = drift }
        tokens[index].lean = 0
    }

    /// Takes an authenticator's clock to be `drift` steps ahead, as two consecutive codes have shown.
    package mutating func resynchronise(_ index: Int, drift: Int64) {
        guard tokens.indices.contains(index) else { return }
        let range = Token.driftRange
        tokens[index].drift = Int8(clamping: min(max(drift, Int64(range.lowerBound)), Int64(range.upperBound)))
        tokens[index].lean = 0
    }

    /// Removes the token with this id and wipes its key.
    ///
    /// - Returns: false where there is none.
    package mutating func removeToken(id: UInt32) -> Bool {
        guard tokens.contains(where: { $0.id == id }) else { return false }
        let kept = tokens.filter { $0.id != id }
        let old = exchange(secrets: SecretBytes(capacity: secrets.capacity))
        tokens = []
        for token in kept {
            let key = old.bytes.extracting(token.key)
            guard add(token, key: key) else { return false }
        }
        // Nothing is left that could end the caution; what the others spend stands in both slots.
        if !tokens.contains(where: { $0.kind == .totp }) { cautious = false }
        return true
    }

    private mutating func exchange(secrets new: consuming SecretBytes) -> SecretBytes {
        var other = new
        swap(&other, &secrets)
        return other
    }

    /// Renames the token with this id; false where there is none or the label is over `Token.labelLimit`.
    package mutating func renameToken(id: UInt32, to label: [UInt8]) -> Bool {
        guard label.count <= Token.labelLimit, let index = tokens.firstIndex(where: { $0.id == id }) else {
            return false
        }
        tokens[index].label = label
        return true
    }

    /// Registers a security key.
    ///
    /// - Returns: false, with nothing changed, where it is registered already, is out of bounds, or there is no room.
    package mutating func add(_ key: SecurityKey) -> Bool {
        guard securityKeys.count < SecurityKey.limit, key.label.count <= SecurityKey.labelLimit,
            (1...SecurityKey.sizeLimit).contains(key.publicKey.count), key.created >= 0, key.lastUsed >= 0,
            !securityKeys.contains(where: { $0.publicKey == key.publicKey })
        else { return false }
        securityKeys.append(key)
        return true
    }

    /// Removes a security key; false where it is not registered.
    package mutating func removeSecurityKey(_ publicKey: [UInt8]) -> Bool {
        let count = securityKeys.count
        securityKeys.removeAll { $0.publicKey == publicKey }
        return securityKeys.count < count
    }

    package func hasSecurityKey(_ publicKey: [UInt8]) -> Bool {
        for key in securityKeys where key.publicKey == publicKey { return true }
        return false
    }

    /// The registered security key that is `publicKey`, marked as used.
    package mutating func useSecurityKey(_ publicKey: [UInt8], now: Int64) -> SecurityKey? {
        for index in securityKeys.indices where securityKeys[index].publicKey == publicKey {
            securityKeys[index].lastUsed = max(now, 0)
            return securityKeys[index]
        }
        return nil
    }

    /// Runs `body` with the key of a token.
    package func withKey<R: ~Copyable, E>(
        of token: Token, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        guard token.isValid(secretCount: secrets.count) else { return try body(secrets.bytes.extracting(first: 0)) }
        return try body(secrets.bytes.extracting(token.key))
    }
}
