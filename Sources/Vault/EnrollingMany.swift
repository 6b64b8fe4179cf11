internal import Crypto
internal import Linux
package import TwostepCore

/// A record that is to be made, one of many. A class, since arrays hold no noncopyable values.
package final class NewRecord {
    package let account: Account
    private let text: SecretBytes
    /// Why it was not made; nil where it was, or nobody has tried.
    package fileprivate(set) var problem: EnrolmentError?
    fileprivate var isMade = false

    /// - Returns: nil where the record has more in it than fits.
    package init?(_ account: Account, _ record: borrowing Record) {
        guard let text = RecordCodec.encode(record, size: RecordFormat.plaintextSize) else { return nil }
        self.account = account
        self.text = text
    }

    fileprivate var name: [UInt8] { RecordFile.name(of: account) }
    fileprivate var temporaryName: [UInt8] { [UInt8](text: ".new-") + name }

    fileprivate func decode() throws(DecodeError) -> Record { try NewRecord.decode(text) }

    private static func decode(_ text: borrowing SecretBytes) throws(DecodeError) -> Record {
        try RecordCodec.decode(text.bytes)
    }

    fileprivate func seal(_ key: MasterKey, _ crypto: borrowing Libcrypto) throws(StoreError) -> SecretBytes {
        try NewRecord.seal(account, text, key, crypto)
    }

    private static func seal(
        _ account: Account, _ text: borrowing SecretBytes, _ key: MasterKey, _ crypto: borrowing Libcrypto
    ) throws(StoreError) -> SecretBytes {
        try RecordFile.sealNew(account, text.bytes, key: key, crypto: crypto)
    }
}

/// Making many records: for the tool; no login does any of it.
extension OpenStore {
    /// Whether there is a file for the account, of whatever kind.
    package func hasFile(_ account: Account) throws(StoreError) -> Bool {
        do throws(SystemError) { _ = try users.status(of: RecordFile.name(of: account)) } catch {
            if error == .noEntry { return false }
            throw StoreError(.recordUnreadable, cause: error.name)
        }
        return true
    }

    /// Makes one record in place of one that is not complete; as `create` of one record otherwise.
    package func createInPlace(_ record: NewRecord) throws(EnrolmentError) {
        let copy: Record
        do throws(DecodeError) { copy = try record.decode() } catch {
            throw .store(StoreError(.recordCorrupt, cause: "contents"))
        }
        try create(record.account, copy)
    }

    /// Makes the records of accounts that have none, and writes the index once.
    ///
    /// All are written beside their places and durable before the index names anybody; then each is put in its place. If
    /// this process is killed in between, those who are named and have no record yet are refused, not passed, until it is
    /// run again; that is the time of so many renames.
    ///
    /// - Parameter records: at most a few hundred, since the store is locked meanwhile. Those who have a file already
    ///   get a `problem`.
    /// - Throws: where something else was in the way. Whoever has a `problem` then, or none and no record, was not made.
    package func create(_ records: [NewRecord]) throws(StoreError) {
        let lock = try lockStore()
        defer { withExtendedLifetime(lock) {} }
        // A rotation changes the key under this lock: what is sealed from here on has the one that stays.
        let key = try readKeys().current
        let uids = try enrolledUIDs()
        var staged: [NewRecord] = []
        for record in records {
            if try hasFile(record.account) { record.problem = .alreadyEnrolled } else { staged.append(record) }
        }
        guard !staged.isEmpty else { return }
        do throws(StoreError) {
            try stage(staged, key)
            try writeIndex(merged(uids, staged), storeID: try storeID(), key: key)
        } catch {
            for record in staged {
                record.problem = .store(error)
                do throws(SystemError) { try users.remove(record.temporaryName) } catch {}
            }
            return
        }
        do throws(SystemError) {
            for record in staged {
                try users.rename(record.temporaryName, to: record.name)
                record.isMade = true
            }
            try users.sync()
        } catch {
            for record in staged where !record.isMade {
                record.problem = .store(StoreError(.notWritable, cause: error.name))
            }
            if staged.allSatisfy({ $0.isMade }) { throw StoreError(.notWritable, cause: error.name) }
        }
    }

    private func stage(_ records: [NewRecord], _ key: MasterKey) throws(StoreError) {
        for record in records {
            let file = try record.seal(key, crypto)
            do throws(SystemError) { try users.stageFile(record.temporaryName, with: file.bytes, mode: 0o600) } catch {
                throw StoreError(.notWritable, cause: error.name)
            }
        }
        // Written first, all of them, and then waited for: the disk is quicker with many than with one at a time.
        do throws(SystemError) {
            for record in records { try users.open(record.temporaryName, .read).sync() }
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
    }

    private func merged(_ uids: [UInt32], _ records: [NewRecord]) throws(StoreError) -> [UInt32] {
        var all = uids
        for record in records where !uids.contains(record.account.uid) { all.append(record.account.uid) }
        all.sort()
        guard all.count <= StoreFile.indexLimit else { throw StoreError(.recordFull, cause: "index") }
        return all
    }
}
