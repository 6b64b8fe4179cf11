package import Crypto
internal import Linux
package import TwostepCore

/// What became of one file of the store.
package enum Resealing: Equatable, Sendable {
    case done
    /// One of its slots was damaged; the record is cautious now (docs/file-format.md).
    case mended
    /// It was under the current key already.
    case wasDone
    /// There is no such file any more.
    case gone
}

/// A new master key in place of the old one, and everything in the store sealed under it: for the tool; no login does
/// any of it ([ADR 17](docs/adr/0017-rotating-the-key.md)).
///
/// Each step is durable before the next one begins, and whatever was interrupted is taken up by the next run:
///
/// 1. The key is copied to where the old key of a rotation lies.
/// 2. A new one takes its place. Both under the store's lock, so that whoever makes a record knows which key stays.
/// 3. Marker, index and every record are sealed under it, each record under its own lock.
/// 4. Once nothing is left under the old key, it is removed.
package struct KeyRotation: ~Copyable {
    private let lock: Descriptor
    private let keyFolder: Descriptor
    private let keyName: [UInt8]
    private let store: OpenStore
    /// Whether an earlier run had begun it.
    package let isResumed: Bool

    /// Whether a rotation was begun and is not done.
    package static func isUnfinished(_ configuration: Configuration) throws(StoreError) -> Bool {
        do throws(PathProblem) { _ = try openChecked(oldKeyPath(of: configuration.key), .read, .secret) } catch {
            if case .missing = error { return false }
            throw Subject.key.error(error)
        }
        return true
    }

    /// Puts the new key in place, unless an earlier run has.
    ///
    /// - Throws: where the old key is still the key; `.lockTimeout` with the cause `init` where another rotation goes on.
    package static func start(_ configuration: Configuration) throws(StoreError) -> KeyRotation {
        let crypto = try loadLibcrypto()
        // Before the lock's file is made: where nothing has been initialised, nothing is left behind, and a store that is
        // not whole is left as it is. Keys are read anew under the lock.
        let store = try OpenStore.open(configuration)
        _ = try store.enrolledUIDs()
        let (path, name) = split(path: configuration.key)
        let folder: Descriptor
        do throws(PathProblem) { folder = try Descriptor.walk(to: path, .unchangeable) } catch {
            throw Subject.key.error(error)
        }
        let lock = try Initialising.lock(folder, waitingAtMost: 0)
        let isResumed = try hasBegun(store)
        if isResumed {
            // The run before may have been killed before this was durable.
            try sync(name, in: folder)
        } else {
            try switchKeys(name, in: folder, store, crypto: crypto)
        }
        let keys = try readKeys(at: configuration.key, crypto: crypto)
        return KeyRotation(
            lock: lock, keyFolder: folder, keyName: name, store: store.with(keys), isResumed: isResumed)
    }

    /// Whether the key is a new one already. Where the old one is only a copy of it, nothing has come of that rotation.
    private static func hasBegun(_ store: borrowing OpenStore) throws(StoreError) -> Bool {
        let keys = try store.readKeys()
        guard let old = keys.old else { return false }
        return old.id != keys.current.id
    }

    private static func sync(_ name: [UInt8], in folder: borrowing Descriptor) throws(StoreError) {
        do throws(SystemError) {
            try folder.open(name, .read).sync()
            try folder.sync()
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
    }

    private static func switchKeys(
        _ name: [UInt8], in folder: borrowing Descriptor, _ store: borrowing OpenStore, crypto: borrowing Libcrypto
    ) throws(StoreError) {
        let new = try Initialising.newKey()
        let lock = try store.lockStore()
        defer { withExtendedLifetime(lock) {} }
        let old = split(path: oldKeyPath(of: [0x2F] + name)).name
        let current = try readMasterKey(at: store.keyPath, crypto: crypto)
        do throws(SystemError) {
            try folder.replaceFile(old, with: current.copy.bytes, mode: 0o400)
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
        do throws(SystemError) { try folder.replaceFile(name, with: new.bytes, mode: 0o400) } catch {
            // Nothing has come of it, unless the new one is there and only not durable.
            if let now = try? readMasterKey(at: store.keyPath, crypto: crypto), now.id == current.id {
                do throws(SystemError) { try folder.remove(old) } catch {}
            }
            throw StoreError(.notWritable, cause: error.name)
        }
    }
}

extension KeyRotation {
    /// The uids that have a record file, and the decoys that there are.
    package func files() throws(StoreError) -> (uids: [UInt32], decoys: [Account]) {
        do throws(SystemError) {
            var uids: [UInt32] = []
            var decoys: [Account] = []
            for name in try store.users.names() {
                if let uid = RecordFile.uid(named: name) {
                    uids.append(uid)
                } else if let decoy = Decoys.account(named: name) {
                    decoys.append(decoy)
                }
            }
            return (uids.sorted(), decoys)
        } catch {
            throw StoreError(.storeUnreadable, cause: error.name)
        }
    }

    /// Seals marker and index under the current key.
    package func resealIndex() throws(StoreError) {
        let lock = try store.lockStore()
        defer { withExtendedLifetime(lock) {} }
        let id = try store.storeID()
        let uids = try store.enrolledUIDs()
        let marker: SecretBytes
        do throws(CryptoError) {
            marker = try StoreFile.marker.seal(id.span, key: store.keys.current, crypto: store.crypto)
        } catch {
            throw StoreError(sealing: error)
        }
        do throws(SystemError) {
            try store.folder.replaceFile(StoreFile.marker.name, with: marker.bytes, mode: 0o600)
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
        try store.writeIndex(uids, storeID: id, key: store.keys.current)
    }

    /// Seals a record under the current key, both slots of it.
    package func reseal(
        _ account: Account, rules: VerificationRules, now: () -> Int64?
    ) throws(StoreError) -> Resealing {
        guard let file = try RecordFile.openLocked(account, in: store.users) else { return .gone }
        do throws(SystemError) { if try isCurrent(file) { return .wasDone } } catch {
            throw StoreError(.recordUnreadable, cause: error.name)
        }
        var loaded = try LoadedRecord.read(file, account, in: store)
        let health = loaded.state.health
        if health != .sound {
            // As for every writer: two sound slots tell nobody afterwards what may have been forgotten.
            guard let now = now() else { throw StoreError(.clockUnavailable) }
            loaded.record.becomeCautious(rules: rules, now: now)
        }
        // Under the current key already, sound and half done: then only the other slot is left.
        let isHalfDone = loaded.key.id == store.keys.current.id && health == .sound
        loaded.key = store.keys.current
        try loaded.write(to: file, crypto: store.crypto)
        if !isHalfDone { try loaded.write(to: file, crypto: store.crypto) }
        return health == .sound ? .done : .mended
    }

    /// The files in which anything is still under another key than the current one, by name. Nothing is locked.
    package func remaining() throws(StoreError) -> [[UInt8]] {
        do throws(SystemError) {
            var names: [[UInt8]] = []
            for name in try store.users.names()
            where RecordFile.uid(named: name) != nil || Decoys.account(named: name) != nil {
                guard let file = try openIfThere(name) else { continue }
                if try !isCurrent(file) { names.append(name) }
            }
            return names
        } catch {
            throw StoreError(.storeUnreadable, cause: error.name)
        }
    }

    private func openIfThere(_ name: [UInt8]) throws(SystemError) -> Descriptor? {
        do throws(SystemError) { return try store.users.open(name, .read) } catch {
            if error == .noEntry { return nil }
            throw error
        }
    }

    /// Whether both slots are sealed under the current key.
    private func isCurrent(_ file: borrowing Descriptor) throws(SystemError) -> Bool {
        for slot in 0..<2 {
            var id = [UInt8](repeating: 0, count: MasterKey.idSize)
            var room = id.mutableSpan
            let count = try file.read(into: &room, at: Int64(RecordFormat.slotOffset(slot) + 8))
            var expected: [UInt8] = []
            expected.append(bigEndian: store.keys.current.id)
            guard count == id.count, id == expected else { return false }
        }
        return true
    }

    /// Removes the old key.
    package func finish() throws(StoreError) {
        do throws(SystemError) {
            try keyFolder.remove(split(path: oldKeyPath(of: [0x2F] + keyName)).name)
            try keyFolder.sync()
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
    }

    /// The old key, for a copy that is kept with old backups; nil where there is none.
    package func copyOfOldKey() -> SecretBytes? {
        guard let old = store.keys.old else { return nil }
        return old.copy
    }
}
