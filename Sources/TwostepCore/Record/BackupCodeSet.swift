internal import Crypto

/// The hashes of a user's backup codes. One bcrypt salt serves the set, so that checking costs one bcrypt whichever
/// code it is; a code has 40 random bits of its own.
package struct BackupCodeSet: Equatable, Sendable {
    /// The most codes a set may have.
    package static let limit = 10
    /// The part of a bcrypt hash behind its setting, in bytes.
    package static var tailSize: Int { Bcrypt.hashSize - Bcrypt.settingSize }

    package struct Entry: Equatable, Sendable {
        /// The hash without its setting, 31 bytes.
        package var tail: [UInt8]
        /// When the code was spent, in seconds since the epoch; 0 while it is not.
        package var spentAt: Int64

        package init(tail: [UInt8], spentAt: Int64 = 0) {
            self.tail = tail
            self.spentAt = spentAt
        }
    }

    /// The bcrypt setting of the set, 29 bytes; empty where there are no codes.
    package var setting: [UInt8]
    package var entries: [Entry]

    package init(setting: [UInt8] = [], entries: [Entry] = []) {
        self.setting = setting
        self.entries = entries
    }

    /// How many codes are still unspent.
    package var left: Int {
        var left = 0
        for entry in entries where entry.spentAt == 0 { left += 1 }
        return left
    }

    /// Has every code count as spent, where nobody can say which of them are.
    package mutating func spendAll(at now: Int64) {
        for index in entries.indices where entries[index].spentAt == 0 { entries[index].spentAt = max(now, 1) }
    }

    /// Which code has this hash (60 bytes), spent or not; every entry is compared, each in constant time.
    package func index(ofHash hash: Span<UInt8>) -> Int? {
        guard hash.count == Bcrypt.hashSize, setting.count == Bcrypt.settingSize,
            equalInConstantTime(setting.span, hash.extracting(first: Bcrypt.settingSize))
        else { return nil }
        let tail = hash.extracting(last: BackupCodeSet.tailSize)
        var found: Int?
        for index in entries.indices {
            let candidate = entries[index].tail
            if equalInConstantTime(candidate.span, tail) { found = index }
        }
        return found
    }
}
