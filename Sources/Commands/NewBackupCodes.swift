internal import Crypto
package import TwostepCore
internal import Vault

extension Failure {
    static let noBcrypt = Failure(
        "libcrypt offers no bcrypt", hint: "install Debian's libcrypt1, which does", .software)
}

/// Makes a code of the form of a backup code.
///
/// - Parameter random: gives so many random bytes.
func newBackupCode<Problem: Error>(
    _ random: (Int) throws(Problem) -> SecretBytes
) throws(Problem) -> SecretBytes {
    while true {
        let bits = try random(BackupCode.randomSize)
        if let code = BackupCode.make(random: bits.bytes) { return code }
    }
}

/// A set of backup codes in clear, before their hashes are in a record.
package struct NewBackupCodes: ~Copyable {
    /// 8 characters each, one after the other.
    private let codes: SecretBytes

    package init(count: Int) throws {
        var codes = SecretBytes(capacity: count * BackupCode.size)
        while codes.count < count * BackupCode.size {
            let code = try newBackupCode(random)
            codes.append(contentsOf: code.bytes)
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

    /// What somebody prints and keeps: they tell it from another sheet, and cross out what they have used.
    func sheet(for user: String, _ desk: Desk) throws(Failure) -> [UInt8] {
        let date = UserStatus.time(try desk.readClock()).prefix(10)
        var lines = [
            "Backup codes", "",
            "  user:  \(printable(user))",
            "  site:  \(printable(text(desk.siteName)))",
            "  made:  \(date)", "",
            "Each lets you in once, in place of a code from the app. Cross out what",
            "you have used.", "",
        ]
        let shown = shown.map { "[ ] \($0)" }
        for index in stride(from: 0, to: shown.count, by: 2) {
            lines.append("  " + shown[index..<min(index + 2, shown.count)].joined(separator: "      "))
        }
        lines += [
            "",
            "Keep this sheet apart from your password, and show it to nobody. Its",
            "codes count once twostep has said that it is done; older ones no longer.",
            "When few are left, get new ones:  twostep backup-codes --regenerate",
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Says that hashing takes a moment, to somebody who sits there, where it takes seconds.
    func tellOfHashing(_ desk: Desk) throws {
        guard count > 0, desk.configuration.bcryptCost >= 12 else { return }
        try desk.say("One moment: the codes are being hashed.")
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
            throw Failure.noBcrypt
        }
    }
}
