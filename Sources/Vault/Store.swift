package import Crypto
internal import Linux
package import TwostepCore

/// The store: the only way to records. Made for one login or one command, and closed with the value.
///
/// Key and folder are opened when they are first needed, so that a login can ask the person before it says that
/// something is wrong with them.
public struct Store: ~Copyable {
    private let configuration: Configuration
    private var opened: OpenStore?

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Runs `body` with the store open; it stays open for the next use.
    package mutating func withOpen<R: ~Copyable>(
        _ body: (borrowing OpenStore) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        if opened == nil { opened = try OpenStore.open(configuration) }
        switch opened {
        case .some(let open): return try body(open)
        case .none: throw StoreError(.storeUnreadable)
        }
    }
}

/// An open store: libcrypto, the master key, and the folders' descriptors.
public struct OpenStore: ~Copyable {
    package let crypto: Libcrypto
    let key: MasterKey
    let folder: Descriptor
    let users: Descriptor

    static func open(_ configuration: Configuration) throws(StoreError) -> OpenStore {
        let crypto = try loadLibcrypto()
        let key = try readMasterKey(at: configuration.key, crypto: crypto)
        let folder = try openFolder(configuration.store)
        let users = try openUsers(in: folder)
        return OpenStore(crypto: crypto, key: key, folder: folder, users: users)
    }

    private static func openFolder(_ path: [UInt8]) throws(StoreError) -> Descriptor {
        do throws(PathProblem) { return try Descriptor.walk(to: path, .secret) } catch {
            throw Subject.store.error(error)
        }
    }

    private static func openUsers(in folder: borrowing Descriptor) throws(StoreError) -> Descriptor {
        do throws(PathProblem) { return try folder.openFolder(Array("users".utf8), .secret) } catch {
            if case .missing = error { throw StoreError(.storeMissing, cause: "users") }
            throw Subject.store.error(error)
        }
    }

    /// The store's id, from its sealed marker.
    func storeID() throws(StoreError) -> [UInt8] {
        let marker = try StoreFile.marker.read(in: folder, key: key, crypto: crypto)
        guard marker.count == StoreFile.storeIDSize else { throw StoreError(.markerCorrupt, cause: "size") }
        return marker.array
    }

    /// The uids that have a record, ascending.
    package func enrolledUIDs() throws(StoreError) -> [UInt32] {
        let index = StoreFile.index(storeID: try storeID())
        let text = try index.read(in: folder, key: key, crypto: crypto)
        do throws(DecodeError) { return try IndexCodec.decode(text.bytes) } catch {
            throw StoreError(.indexCorrupt, cause: "contents")
        }
    }

    /// Proves that an account without a record file never had to have one: marker and index are whole and the index
    /// does not name it. A missing or empty folder proves nothing (law 3).
    func proveAbsent(_ account: Account) throws(StoreError) {
        guard !(try enrolledUIDs().contains(account.uid)) else { throw StoreError(.recordMissing) }
    }

    /// Reads a record without its lock: what it says may be old a moment later.
    ///
    /// - Returns: nil where it is proven that there is none.
    package func peek<R>(_ account: Account, _ body: (borrowing Record) -> R) throws(StoreError) -> R? {
        guard let file = try RecordFile.open(account, in: users, .read) else {
            try proveAbsent(account)
            return nil
        }
        let loaded = try LoadedRecord.read(file, account, key: key, crypto: crypto)
        return body(loaded.record)
    }
}

extension Store: CredentialStore {
    package mutating func contains(_ account: Account) throws(StoreError) -> Bool {
        // Opened for this look alone: the person is asked next, and everything is opened anew after they have answered.
        let store = try OpenStore.open(configuration)
        if try RecordFile.open(account, in: store.users, .read) != nil { return true }
        try store.proveAbsent(account)
        return false
    }

    package mutating func backupSetting(of account: Account) throws(StoreError) -> [UInt8]? {
        let setting = try withOpen { (store) throws(StoreError) in
            try store.peek(account) { $0.backupCodes.setting }
        }
        guard let setting, !setting.isEmpty else { return nil }
        return setting
    }

    package mutating func update<Value>(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate<Value>
    ) throws(StoreError) -> Value? {
        try withOpen { (store) throws(StoreError) in
            guard let file = try RecordFile.openLocked(account, in: store.users) else {
                try store.proveAbsent(account)
                return nil
            }
            var loaded = try LoadedRecord.read(file, account, key: store.key, crypto: store.crypto)
            let update: RecordUpdate<Value>
            do throws(CryptoError) {
                update = try body(&loaded.record, loaded.state.health, store.crypto)
            } catch {
                throw StoreError(.cryptoUnavailable)
            }
            try loaded.write(to: file, key: store.key, crypto: store.crypto)
            if update.inBothSlots { try loaded.write(to: file, key: store.key, crypto: store.crypto) }
            return update.value
        }
    }
}
