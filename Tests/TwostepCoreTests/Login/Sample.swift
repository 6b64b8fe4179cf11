import Crypto
import Testing

@testable import TwostepCore

/// Alice, her records, and the moment at which everything in these tests happens.
enum Sample {
    static let alice = Account(uid: 1000, name: Array("alice".utf8))
    static let now: Int64 = 1_111_111_109
    /// RFC 6238 appendix B, SHA-1, at `now`: 07081804.
    static let key = Array("12345678901234567890".utf8)
    static let code = "07081804"
    /// RFC 6238 appendix B, at 1111111111, the next step: 14050471.
    static let nextCode = "14050471"
    static let backupCode = "7K3M-9QXZ"

    static func record(
        kind: Token.Kind = .totp, digits: Int = 8, key: [UInt8] = key, backupCodes: [String] = []
    ) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        try record.addToken(kind: kind, digits: digits, key: key)
        try record.setBackupCodes(backupCodes)
        return record
    }

    /// A decoy as the vault makes them; its secrets are known here alone.
    static let decoyKey = Array("nobody's own secret!".utf8)
    static let decoyBackupCode = "D3C0-YD3C"

    static func store(_ record: consuming Record?, diary: Diary = Diary()) throws -> MemoryStore {
        let decoy = try self.record(digits: 6, key: decoyKey, backupCodes: [decoyBackupCode])
        return MemoryStore(
            crypto: try Libcrypto.load(), record: record, decoy: decoy, account: alice, diary: diary)
    }

    static func request(
        _ account: Account? = alice, nullok: Bool = false, requiredForAll: Bool = true, explain: Bool = false,
        tries: Int = 1, firstPass: ModuleOptions.FirstPass = .ignore, forwardPass: Bool = false, digits: Int = 6,
        source: Source? = nil, securityKey: [UInt8]? = nil, trouble: StoreError? = nil, silent: Bool = false
    ) -> LoginRequest {
        var options = ModuleOptions()
        options.nullok = nullok
        options.firstPass = firstPass
        options.forwardPass = forwardPass
        var configuration = Configuration()
        configuration.required = requiredForAll ? [.everybody] : []
        configuration.explain = explain
        configuration.tries = tries
        configuration.digits = digits
        return LoginRequest(
            subject: LoginSubject(account: account, name: account?.name ?? Array("mallory".utf8)),
            service: Array("sshd".utf8), options: options, configuration: configuration, source: source,
            securityKey: securityKey, trouble: trouble, silent: silent, membership: { _, _ in .notMember })
    }
}

extension Record {
    /// Adds a token whose label is "app", or "app" and its id from the second on.
    mutating func addToken(
        kind: Token.Kind, digits: Int = 6, algorithm: HashAlgorithm = .sha1, period: Int = 30, floor: Int64 = 0,
        key: [UInt8]
    ) throws {
        let id = UInt32(tokens.count + 1)
        let token = Token(
            id: id, kind: kind, algorithm: algorithm, digits: digits, period: period, floor: floor, created: 1,
            label: Array((id == 1 ? "app" : "app\(id)").utf8), key: 0..<0)
        let added = add(token, key: key.span)
        try #require(added)
    }

    /// Gives the record these backup codes, hashed at the lowest cost.
    mutating func setBackupCodes(_ codes: [String]) throws {
        guard !codes.isEmpty else { return }
        backupCodes = BackupCodeSet(setting: try Bcrypt.newSetting(cost: 4))
        for code in codes {
            let hash = try backupHash(code, setting: backupCodes.setting)
            backupCodes.entries.append(BackupCodeSet.Entry(tail: Array(array(hash).suffix(BackupCodeSet.tailSize))))
        }
    }
}
