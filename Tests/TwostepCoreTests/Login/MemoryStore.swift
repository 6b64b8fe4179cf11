import Crypto
import Testing

@testable import TwostepCore

/// A store in memory, with the failures a test wants of it.
struct MemoryStore: CredentialStore, ~Copyable {
    let crypto: Libcrypto
    var record: Record?
    /// The record that stands in for one that is not there.
    var decoy: Record
    var account: Account
    var health = RecordHealth.sound
    /// What happened, in order: the proof that nothing is judged before the person has answered.
    var log: [String] { diary.lines }
    let diary: Diary
    var lookFails: StoreError?
    var writeFails: StoreError?
    /// Takes the record away after the first look.
    var vanishes = false
    /// What somebody else does to the record before it is locked.
    var before: ((inout Record) -> Void)?

    mutating func standing(of account: Account) throws(StoreError) -> Standing {
        diary.note("standing")
        if let lookFails { throw lookFails }
        let found = account == self.account ? standing : .unenrolled
        if vanishes { record = nil }
        return found
    }

    private var standing: Standing {
        switch record {
        case .some(let record):
            switch record.state {
            case .pending where health == .sound: .unenrolled
            case .mustReenrol: .mustReenrol
            default: .enrolled
            }
        case .none: .unenrolled
        }
    }

    private var hasRecord: Bool {
        switch record {
        case .some: true
        case .none: false
        }
    }

    mutating func hasSecurityKey(_ publicKey: [UInt8], _ account: Account) throws(StoreError) -> Bool {
        diary.note("security key")
        if let lookFails { throw lookFails }
        guard account == self.account else { return false }
        let found =
            switch record {
            case .some(let record): record.hasSecurityKey(publicKey)
            case .none: false
            }
        if vanishes { record = nil }
        return found
    }

    mutating func recall(_ login: RecurringLogin, of subject: LoginSubject) throws(StoreError) -> Recalled {
        diary.note("recalled")
        if let lookFails { throw lookFails }
        let mark: RememberedLogin.Mark
        do throws(CryptoError) {
            let key = Array("a key".utf8)
            let hash = array(try crypto.hmac(.sha256, key: key.span, message: login.text.span))
            let numbers = [hash[..<8], hash[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
            mark = RememberedLogin.Mark(high: numbers[0], low: numbers[1])
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
        let isRemembered =
            switch record {
            case .some(let record): subject.account == account && record.remembers(login, as: mark, health)
            case .none: false
            }
        return Recalled(mark, isRemembered: isRemembered)
    }

    mutating func closedUntil(
        _ account: Account, from source: Source?, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Int64? {
        diary.note("throttle")
        if let lookFails { throw lookFails }
        return switch record {
        case .some(let record) where account == self.account: record.closedUntil(from: source, rules: rules, now: now)
        default: nil
        }
    }

    mutating func backupSetting(of subject: LoginSubject) throws(StoreError) -> [UInt8] {
        if subject.account == account {
            switch record {
            case .some(let record) where !record.backupCodes.setting.isEmpty:
                diary.note("setting")
                return record.backupCodes.setting
            default: break
            }
        }
        diary.note("decoy's setting")
        return decoy.backupCodes.setting
    }

    mutating func update(
        _ subject: LoginSubject,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> Updated {
        let isDecoy = subject.account != account || !hasRecord
        diary.note(isDecoy ? "decoy locked" : "locked")
        guard var copy = copyRecord(decoy: isDecoy) else { throw StoreError(.recordCorrupt) }
        before?(&copy)
        let update: RecordUpdate
        do throws(CryptoError) { update = try body(&copy, health, crypto) } catch {
            throw StoreError(.cryptoUnavailable)
        }
        if let writeFails { throw writeFails }
        if isDecoy { decoy = consume copy } else { record = consume copy }
        diary.note(update.inBothSlots ? "written twice" : "written")
        return Updated(update.verdict, isDecoy: isDecoy)
    }

    /// As a file would: what is handed out is read anew, and lost unless it is written.
    private func copyRecord(decoy isDecoy: Bool) -> Record? {
        if isDecoy { return try? decoy.copy() }
        return switch record {
        case .some(let record): try? record.copy()
        case .none: nil
        }
    }
}
