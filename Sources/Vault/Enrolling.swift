internal import Crypto
internal import Linux
package import TwostepCore

/// Why a record could not be made.
package enum EnrolmentError: Error, Equatable, Sendable {
    case alreadyEnrolled
    case store(StoreError)
}

/// Making and listing records: for the tool; no login does any of it.
extension OpenStore {
    /// Whether the account has a record that a new one must not take the place of.
    ///
    /// - Parameter replaceable: the states of records that do not count. What cannot be read does.
    package func isEnrolled(
        _ account: Account, but replaceable: [Record.State] = [.pending]
    ) throws(StoreError) -> Bool {
        if try RecordFile.open(account, in: users, .read) != nil {
            do throws(StoreError) {
                guard let loaded = try load(account) else { throw StoreError(.lockTimeout, cause: "replaced") }
                return !replaceable.contains(loaded.record.state)
            } catch {
                return true
            }
        }
        // Index and marker must be whole before anybody goes to the trouble of enrolling.
        _ = try enrolledUIDs()
        return false
    }

    /// Writes the first record of an account, or puts it in place of one that is not complete.
    ///
    /// The index names the account before the record appears: were the tool killed in between, the account would be
    /// refused, not passed.
    ///
    /// - Parameters:
    ///   - provingAbsence: whether an account that the index names already, and that has no record, is an error: it has
    ///     lost it. So is a record of which one slot is damaged: what that said nobody knows.
    ///   - replaceable: the states of records in whose place it may be put.
    package func create(
        _ account: Account, _ record: borrowing Record, provingAbsence: Bool = false,
        replacing replaceable: [Record.State] = [.pending]
    ) throws(EnrolmentError) {
        do throws(StoreError) {
            guard let text = RecordCodec.encode(record, size: RecordFormat.plaintextSize) else {
                throw StoreError(.recordFull)
            }
            let lock = try lockStore()
            defer { withExtendedLifetime(lock) {} }
            // Held until the other one is in its place: whoever waits for it opens that one then.
            let old = try RecordFile.openLocked(account, in: users)
            switch old {
            case .some(let old):
                let found = try LoadedRecord.read(old, account, in: self)
                guard replaceable.contains(found.record.state), !provingAbsence || found.state.health == .sound else {
                    throw StoreError(.recordExists)
                }
            case .none: if provingAbsence { try proveAbsent(account) }
            }
            // A rotation changes the key under this lock: what is sealed from here on has the one that stays.
            let keys = try readKeys()
            let file = try RecordFile.sealNew(account, text.bytes, key: keys.current, crypto: crypto)
            try addToIndex(account.uid, key: keys.current)
            do throws(SystemError) {
                try users.replaceFile(RecordFile.name(of: account), with: file.bytes, mode: 0o600)
            } catch {
                throw StoreError(.notWritable, cause: error.name)
            }
            withExtendedLifetime(old) {}
        } catch {
            throw error.reason == .recordExists ? .alreadyEnrolled : .store(error)
        }
    }

    /// The store's lock, for changes to the index: held as long as the descriptor lives.
    func lockStore() throws(StoreError) -> Descriptor {
        do throws(PathProblem) {
            let users = try folder.openFolder([UInt8](text: "users"), .secret)
            do throws(SystemError) { try users.lock(waitingAtMost: RecordFile.lockWait) } catch {
                throw .system(error)
            }
            return users
        } catch {
            throw error == .system(.tryAgain) ? StoreError(.lockTimeout, cause: "store") : Subject.store.error(error)
        }
    }

    private func addToIndex(_ uid: UInt32, key: MasterKey) throws(StoreError) {
        var uids = try enrolledUIDs()
        guard !uids.contains(uid) else { return }
        guard uids.count < StoreFile.indexLimit else { throw StoreError(.recordFull, cause: "index") }
        uids.append(uid)
        uids.sort()
        try writeIndex(uids, storeID: try storeID(), key: key)
    }

    /// Puts a new index in its place; under the store's lock, with the key that was read under it.
    func writeIndex(_ uids: [UInt32], storeID: [UInt8], key: MasterKey) throws(StoreError) {
        let file: SecretBytes
        do throws(CryptoError) {
            file = try StoreFile.index(storeID: storeID).seal(IndexCodec.encode(uids).bytes, key: key, crypto: crypto)
        } catch {
            throw StoreError(sealing: error)
        }
        do throws(SystemError) {
            try folder.replaceFile([UInt8](text: "index"), with: file.bytes, mode: 0o600)
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
    }
}
