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
    private mutating func close() { opened = nil }
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

    /// Reads a record without its lock: what it says may be old a moment later.
    ///
    /// - Returns: nil where it is proven that there is none.
    package func peek<R>(_ account: Account, _ body: (borrowing Record) -> R) throws(StoreError) -> R? {
        guard let loaded = try load(account) else {
            try proveAbsent(account)
            return nil
        }
        return body(loaded.record)
    }

    /// Reads a record without its lock, or for as long a decoy in place of one that is not there.
    ///
    /// - Returns: nil where there is none, which is not proven.
    package func peekAlike<R>(_ subject: LoginSubject, _ body: (borrowing Record) -> R) throws(StoreError) -> R? {
        if let account = subject.account, let loaded = try load(account) { return body(loaded.record) }
        let decoy = try Decoys.account(for: subject.name, key: keys.current, crypto: crypto)
        if let loaded = try load(decoy) { _ = body(loaded.record) }
        return nil
    }

    /// Reads, without a lock, how the account stands.
    package func standing(of account: Account) throws(StoreError) -> Standing {
        guard let loaded = try load(account) else {
            try proveAbsent(account)
            return .unenrolled
        }
        switch loaded.record.state {
        // What a damaged slot might have said proves nothing.
        case .pending where loaded.state.health == .sound: return .unenrolled
        case .mustReenrol: return .mustReenrol
        default: return .enrolled
        }
    }

    /// What stands for a login in a record: a hash under the master key.
    fileprivate func mark(of login: RecurringLogin) throws(StoreError) -> RememberedLogin.Mark {
        let hash = try keys.current.hash([UInt8](text: "twostep remembered login v1") + login.text, crypto)
        return RememberedLogin.Mark(high: bigEndian(hash.span, at: 0), low: bigEndian(hash.span, at: 8))
    }

    /// Reads a record without its lock; nil where there is no file.
    func load(_ account: Account) throws(StoreError) -> LoadedRecord? {
        guard let file = try RecordFile.open(account, in: users, .read) else { return nil }
        return try LoadedRecord.read(file, account, in: self)
    }
}

extension Store: CredentialStore {
    package mutating func standing(of account: Account) throws(StoreError) -> Standing {
        // Opened for this look alone: the person is asked next, and everything is opened anew after they have answered.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in try store.standing(of: account) }
    }

    package mutating func hasSecurityKey(_ publicKey: [UInt8], _ account: Account) throws(StoreError) -> Bool {
        guard let loaded = try look(at: account) else { return false }
        return loaded.record.hasSecurityKey(publicKey)
    }

    @inline(never)
    package mutating func recall(_ login: RecurringLogin, of subject: LoginSubject) throws(StoreError) -> Recalled {
        // As above.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in
            let mark = try store.mark(of: login)
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            do throws(StoreError) { _ = try RecordFile.open(decoy, in: store.users, .read) } catch {}
            for account in [subject.account ?? Decoys.accountWithoutRecord, decoy] {
                guard let loaded = try store.load(account) else { continue }
                let isRemembered = loaded.record.remembers(login, as: mark, loaded.state.health)
                return Recalled(mark, isRemembered: isRemembered && account != decoy)
            }
            return Recalled(mark, isRemembered: false)
        }
    }

    package mutating func closedUntil(
        _ account: Account, from source: Source?, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Int64? {
        guard let loaded = try look(at: account) else { return nil }
        return loaded.record.closedUntil(from: source, rules: rules, now: now)
    }

    /// Reads the account's record without its lock; nil where there is no file.
    @inline(never)
    private mutating func look(at account: Account) throws(StoreError) -> LoadedRecord? {
        // As above.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in try store.load(account) }
    }

    package mutating func backupSetting(of subject: LoginSubject) throws(StoreError) -> [UInt8] {
        try withOpen { (store) throws(StoreError) in
            if let account = subject.account, let loaded = try store.load(account) {
                let setting = loaded.record.backupCodes.setting
                if !setting.isEmpty { return setting }
            }
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            guard let loaded = try store.load(decoy) else { throw StoreError(.recordMissing, cause: "decoy") }
            return loaded.record.backupCodes.setting
        }
    }

    package mutating func update(
        _ subject: LoginSubject,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> Updated {
        // With `tries` somebody may be asked again: nothing stays open meanwhile (law 6).
        defer { close() }
        return try withOpen { (store) throws(StoreError) in
            // Whoever is refused costs the same, to the last file that is opened: their own record or none, a decoy, and
            // what proves an absence. What that says about somebody who has a record decides nothing.
            if let update = try store.update(subject.account ?? Decoys.accountWithoutRecord, body) {
                if case .refused = update.verdict {
                    let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
                    do throws(StoreError) { _ = try RecordFile.open(decoy, in: store.users, .readWrite) } catch {}
                    store.spendTimeOfProof()
                }
                return Updated(update.verdict, isDecoy: false)
            }
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            guard let update = try store.update(decoy, body) else { throw StoreError(.recordMissing, cause: "decoy") }
            switch subject.account {
            case .some(let account): try store.proveAbsent(account)
            // A name that no account has is absent anyway.
            case .none: store.spendTimeOfProof()
            }
            return Updated(update.verdict, isDecoy: true)
        }
    }
}

extension OpenStore {
    /// Reads a record under its lock, hands it to `body` and writes it back; the lock is gone when this returns.
    ///
    /// - Returns: nil where there is no record file.
    package func update(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> RecordUpdate? {
        guard let file = try RecordFile.openLocked(account, in: users) else { return nil }
        var loaded = try LoadedRecord.read(file, account, in: self)
        let update: RecordUpdate
        do throws(CryptoError) {
            update = try body(&loaded.record, loaded.state.health, crypto)
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
        try loaded.write(to: file, crypto: crypto)
        if update.inBothSlots { try loaded.write(to: file, crypto: crypto) }
        return update
    }
}
