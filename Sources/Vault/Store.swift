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
        try open()
        switch opened {
        case .some(let open): return try body(open)
        case .none: throw StoreError(.storeUnreadable)
        }
    }

    @inline(never)
    private mutating func open() throws(StoreError) {
        if opened == nil { opened = try OpenStore.open(configuration) }
    }

    /// Gives back what is open; the next use opens it anew.
    @inline(never)
    mutating func close() { opened = nil }
}

/// An open store: libcrypto, the master key, and the folders' descriptors.
public struct OpenStore: ~Copyable {
    package let crypto: Libcrypto
    /// The current key; of an old one only what `readKeys` gives knows.
    let keys: Keyring
    let keyPath: [UInt8]
    let folder: Descriptor
    let users: Descriptor

    static func open(_ configuration: Configuration) throws(StoreError) -> OpenStore {
        let crypto = try loadLibcrypto()
        let key = try readMasterKey(at: configuration.key, crypto: crypto)
        let folder = try openFolder(configuration.store)
        let users = try openUsers(in: folder)
        return OpenStore(
            crypto: crypto, keys: Keyring(current: key), keyPath: configuration.key, folder: folder, users: users)
    }

    /// The same store with these keys at hand.
    consuming func with(_ keys: consuming Keyring) -> OpenStore {
        OpenStore(crypto: crypto, keys: keys, keyPath: keyPath, folder: folder, users: users)
    }

    /// The keys as they are at this moment, the old one of a rotation among them.
    func readKeys() throws(StoreError) -> Keyring { try Vault.readKeys(at: keyPath, crypto: crypto) }

    private static func openFolder(_ path: [UInt8]) throws(StoreError) -> Descriptor {
        do throws(PathProblem) { return try Descriptor.walk(to: path, .secret) } catch {
            throw Subject.store.error(error)
        }
    }

    private static func openUsers(in folder: borrowing Descriptor) throws(StoreError) -> Descriptor {
        do throws(PathProblem) { return try folder.openFolder([UInt8](text: "users"), .secret) } catch {
            if case .missing = error { throw StoreError(.storeMissing, cause: "users") }
            throw Subject.store.error(error)
        }
    }

    /// The store's id, from its sealed marker.
    func storeID() throws(StoreError) -> [UInt8] {
        let marker = try read(.marker)
        guard marker.count == StoreFile.storeIDSize else { throw StoreError(.markerCorrupt, cause: "size") }
        return marker.array
    }

    /// The uids that have a record, ascending.
    package func enrolledUIDs() throws(StoreError) -> [UInt32] {
        let text = try read(.index(storeID: try storeID()))
        do throws(DecodeError) { return try IndexCodec.decode(text.bytes) } catch {
            throw StoreError(.indexCorrupt, cause: "contents")
        }
    }

    private func read(_ file: StoreFile) throws(StoreError) -> SecretBytes {
        try file.read(in: folder, keys: keys, keyPath: keyPath, crypto: crypto)
    }

    /// Proves that an account without a record file never had to have one: marker and index are whole and the index
    /// does not name it. A missing or empty folder proves nothing (law 3).
    package func proveAbsent(_ account: Account) throws(StoreError) {
        guard !(try enrolledUIDs().contains(account.uid)) else { throw StoreError(.recordMissing) }
    }

    /// Does the work of proving an absence and forgets what it says, so that nobody who is refused takes less time than
    /// somebody whose absence is proven (law 8).
    func spendTimeOfProof() { do throws(StoreError) { _ = try enrolledUIDs() } catch {} }
}
