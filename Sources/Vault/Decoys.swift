internal import Crypto
internal import Linux
internal import TwostepCore

/// Records of nobody: somebody who does not exist, or has no record though they must have one, is judged on one of
/// these, so that the same is read, locked, hashed, written and synced as for anybody else (law 8).
enum Decoys {
    /// How many there are. Names share them.
    static let count: UInt8 = 16

    /// No user has this uid: it is (uid_t)-1.
    static func account(_ index: UInt8) -> Account {
        let number = [UInt8](decimal: Int64(index))
        return Account(uid: .max, name: [UInt8](text: "decoy-") + (index < 10 ? [0x30] : []) + number)
    }

    /// Whether a file is a decoy's, whole or about to be.
    static func isName(_ name: [UInt8]) -> Bool {
        for index in 0..<count {
            let decoy = account(index).name
            if name == decoy || name == [UInt8](text: ".new-") + decoy { return true }
        }
        return false
    }

    /// The decoy whose file has this name; nil for every other file.
    static func account(named name: [UInt8]) -> Account? {
        for index in 0..<count where account(index).name == name { return account(index) }
        return nil
    }

    /// An account whose record is looked for, and never there, where a name has no account: so that this costs one look
    /// as well.
    static var accountWithoutRecord: Account { Account(uid: .max, name: [UInt8](text: "nobody")) }

    static func isDecoy(_ account: Account) -> Bool { account.uid == .max }

    /// The decoy of a name: always the same one, chosen by a hash under the master key.
    static func account(
        for name: [UInt8], key: MasterKey, crypto: borrowing Libcrypto
    ) throws(StoreError) -> Account {
        let hash = try key.hash([UInt8](text: "twostep decoy v1") + name, crypto)
        return account(hash[0] % count)
    }

    /// Makes those that are missing in the folder of the records.
    ///
    /// - Parameter bcryptCost: that of the site's backup codes, so that a wrong one costs the same here.
    static func ensure(
        in users: borrowing Descriptor, bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(PathProblem) {
        for index in 0..<count {
            let account = account(index)
            do throws(SystemError) {
                if try exists(account, in: users) { continue }
                let file = try make(account, bcryptCost: bcryptCost, key: key, crypto: crypto)
                try users.replaceFile(RecordFile.name(of: account), with: file.bytes, mode: 0o600)
            } catch {
                throw .system(error)
            }
        }
    }

    private static func exists(_ account: Account, in users: borrowing Descriptor) throws(SystemError) -> Bool {
        do throws(SystemError) { _ = try users.status(of: account.name) } catch {
            guard error == .noEntry else { throw error }
            return false
        }
        return true
    }

    private static func make(
        _ account: Account, bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(SystemError) -> SecretBytes {
        let record: Record
        do throws(CryptoError) { record = try makeRecord(bcryptCost: bcryptCost) } catch { throw .inputOutput }
        guard let text = RecordCodec.encode(record, size: RecordFormat.plaintextSize) else { throw .inputOutput }
        do throws(StoreError) {
            return try RecordFile.sealNew(account, text.bytes, key: key, crypto: crypto)
        } catch {
            throw .inputOutput
        }
    }

    /// A record like most: one TOTP token, ten backup codes, all of them random and known to nobody.
    private static func makeRecord(bcryptCost: Int) throws(CryptoError) -> Record {
        var record = Record(state: .active, confirmed: true, created: 0, changed: 0)
        let secret = try SecretBytes.random(20)
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: 0, label: [], key: 0..<0)
        guard record.add(token, key: secret.bytes) else { throw .failed }
        record.backupCodes.setting = try Bcrypt.newSetting(cost: bcryptCost)
        for _ in 0..<BackupCodeSet.limit {
            record.backupCodes.entries.append(BackupCodeSet.Entry(tail: try randomBytes(BackupCodeSet.tailSize)))
        }
        return record
    }
}
