internal import Crypto
internal import TwostepCore
internal import Vault

/// What a new token is to be: from the command line where it says so, otherwise from the configuration.
struct TokenWish {
    var kind: Token.Kind
    var algorithm: HashAlgorithm
    var digits: Int
    var period: Int
    var label: [UInt8]
    var issuer: [UInt8]
}

/// A secret, its token and its backup codes, before they are a record.
struct NewCredentials: ~Copyable {
    let account: Account
    let wish: TokenWish
    let secret: SecretBytes
    /// The backup codes in clear, 8 characters each, one after the other.
    let backupCodes: SecretBytes

    init(account: Account, wish: TokenWish, secret: consuming SecretBytes, backupCodes count: Int) throws {
        self.account = account
        self.wish = wish
        self.secret = secret
        self.backupCodes = try NewCredentials.drawBackupCodes(count)
    }

    /// Random bytes from the kernel.
    static func random(_ count: Int) throws -> SecretBytes {
        do throws(CryptoError) { return try SecretBytes.random(count) } catch {
            throw Failure("the kernel gives no random bytes", hint: "try again when the machine has started", .software)
        }
    }

    private static func drawBackupCodes(_ count: Int) throws -> SecretBytes {
        var codes = SecretBytes(capacity: count * BackupCode.size)
        while codes.count < count * BackupCode.size {
            let random = try random(BackupCode.randomSize)
            if let code = BackupCode.make(random: random.bytes) { codes.append(contentsOf: code.bytes) }
        }
        return codes
    }

    /// How a backup code is shown.
    func backupCode(_ index: Int) -> String {
        let start = index * BackupCode.size
        let code = BackupCode.display(backupCodes.bytes.extracting(start..<(start + BackupCode.size)))
        return text(code.array)
    }

    var backupCodeCount: Int { backupCodes.count / BackupCode.size }

    /// What an app is given.
    func uri() throws -> SecretBytes {
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

    /// The record, with the backup codes hashed.
    func record(confirmed: Bool, floor: Int64, bcryptCost: Int, now: Int64) throws -> Record {
        var record = try bareRecord(confirmed: confirmed, floor: floor, now: now)
        record.backupCodes = try hashes(cost: bcryptCost)
        return record
    }

    /// The record without backup codes.
    func bareRecord(confirmed: Bool, floor: Int64, now: Int64) throws -> Record {
        var record = Record(state: .active, confirmed: confirmed, created: now, changed: now)
        let token = Token(
            id: 1, kind: wish.kind, algorithm: wish.algorithm, digits: wish.digits, period: wish.period, floor: floor,
            created: now, label: wish.label, key: 0..<0)
        guard record.add(token, key: secret.bytes) else {
            throw Failure("these settings make no valid token", .dataError)
        }
        return record
    }

    private func hashes(cost: Int) throws -> BackupCodeSet {
        guard backupCodeCount > 0 else { return BackupCodeSet() }
        do throws(CryptoError) {
            var set = BackupCodeSet(setting: try Bcrypt.newSetting(cost: cost))
            for index in 0..<backupCodeCount {
                let start = index * BackupCode.size
                let code = backupCodes.bytes.extracting(start..<(start + BackupCode.size))
                let hash = try Bcrypt.hash(code, setting: set.setting.span)
                set.entries.append(BackupCodeSet.Entry(tail: Array(hash.array.suffix(BackupCodeSet.tailSize))))
            }
            return set
        } catch {
            throw Failure("libcrypt offers no bcrypt", .software)
        }
    }
}
