package import Crypto
package import TwostepCore
internal import Vault

/// What a new token is to be: from the command line where it says so, otherwise from the configuration.
package struct TokenWish {
    var kind: Token.Kind
    var algorithm: HashAlgorithm
    var digits: Int
    var period: Int
    var label: [UInt8]
    var issuer: [UInt8]
}

/// A token and its key, before they are in a record.
package struct NewToken: ~Copyable {
    let account: Account
    let wish: TokenWish
    let secret: SecretBytes

    package init(account: Account, wish: TokenWish, secret: consuming SecretBytes) {
        self.account = account
        self.wish = wish
        self.secret = secret
    }

    /// What an app is given.
    package func uri() throws -> SecretBytes {
        do throws(URIError) {
            return try OTPAuthURI(
                secret: secret.copy(), issuer: wish.issuer, account: account.name, algorithm: wish.algorithm,
                digits: wish.digits, kind: wish.kind == .totp ? .totp(period: wish.period) : .hotp(counter: 0)
            ).write()
        } catch {
            throw Failure(
                "no authenticator app takes these names", hint: "give another with --issuer", .dataError)
        }
    }

    /// How apps call it, for a person to find it there.
    var entry: String {
        let name = printable(text(account.name))
        return wish.issuer.isEmpty ? name : "\(printable(text(wish.issuer))) (\(name))"
    }

    /// The key in base32, as people type it.
    package var key: String { text(Base32.encode(secret.bytes).array) }

    /// Puts the token into a record.
    ///
    /// - Parameter floor: its lowest unspent step or counter value.
    func add(to record: inout Record, id: UInt32, floor: Int64, now: Int64) throws(Failure) {
        let token = Token(
            id: id, kind: wish.kind, algorithm: wish.algorithm, digits: wish.digits, period: wish.period, floor: floor,
            created: now, label: wish.label, key: 0..<0)
        guard record.add(token, key: secret.bytes) else {
            throw Failure(
                "these settings make no valid token", hint: "leave them away, or give others: twostep enroll --help",
                .dataError)
        }
    }

    /// A record with this token and nothing else.
    package func record(confirmed: Bool, floor: Int64, now: Int64) throws -> Record {
        var record = Record(state: .active, confirmed: confirmed, created: now, changed: now)
        try add(to: &record, id: 1, floor: floor, now: now)
        return record
    }
}

/// Random bytes from the kernel.
func random(_ count: Int) throws -> SecretBytes {
    do throws(CryptoError) { return try SecretBytes.random(count) } catch {
        throw Failure("the kernel gives no random bytes", hint: "try again when the machine has started", .software)
    }
}
