internal import Crypto
package import TwostepCore
internal import Vault

/// A set of backup codes in clear, before their hashes are in a record.
package struct NewBackupCodes: ~Copyable {
    /// 8 characters each, one after the other.
    private let codes: SecretBytes

    package init(count: Int) throws {
        var codes = SecretBytes(capacity: count * BackupCode.size)
        while codes.count < count * BackupCode.size {
            let random = try random(BackupCode.randomSize)
            if let code = BackupCode.make(random: random.bytes) { codes.append(contentsOf: code.bytes) }
        }
        self.codes = codes
    }

    var count: Int { codes.count / BackupCode.size }

    private func code(_ index: Int) -> Range<Int> {
        (index * BackupCode.size)..<((index + 1) * BackupCode.size)
    }

    /// How they are shown.
    package var shown: [String] {
        (0..<count).map { text(BackupCode.display(codes.bytes.extracting(code($0))).array) }
    }

    /// What the record keeps of them: one bcrypt each.
    package func hashes(cost: Int) throws -> BackupCodeSet {
        guard count > 0 else { return BackupCodeSet() }
        do throws(CryptoError) {
            var set = BackupCodeSet(setting: try Bcrypt.newSetting(cost: cost))
            for index in 0..<count {
                let hash = try Bcrypt.hash(codes.bytes.extracting(code(index)), setting: set.setting.span)
                set.entries.append(BackupCodeSet.Entry(tail: Array(hash.array.suffix(BackupCodeSet.tailSize))))
            }
            return set
        } catch {
            throw Failure("libcrypt offers no bcrypt", .software)
        }
    }
}
