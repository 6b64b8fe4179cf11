internal import Crypto
internal import Linux
package import TwostepCore

/// What `twostep init` found or made.
package struct InitialisedFiles: Equatable, Sendable {
    package var madeKey = false
    package var madeStore = false
    package var madeConfiguration = false
}

/// Makes what a site needs once: the master key, the store, the configuration file. What is there stays as it is, so
/// that it is safe to repeat.
package enum Initialising {
    /// - Parameters:
    ///   - configurationPath: where the configuration file belongs.
    ///   - template: what is written there if there is none.
    ///   - newStore: whether an empty store is wanted though there is a key.
    /// - Throws: `.keyMissing` where there is a store but no key: a new key would make every record unreadable for
    ///   good. `.storeMissing` where there is a key but no store, and none is wanted: it may be a disk that is not
    ///   mounted, and an empty store would say that nobody ever enrolled.
    package static func run(
        _ configuration: Configuration, configurationPath: [UInt8], template: [UInt8], newStore: Bool = false
    ) throws(StoreError) -> InitialisedFiles {
        var made = InitialisedFiles()
        let crypto = try loadLibcrypto()
        let keyFolder = try ensureParent(of: configuration.key, .key)
        // Two runs at once must not make two keys.
        let lock = try lock(keyFolder)
        defer { withExtendedLifetime(lock) {} }
        try makeParent(of: configuration.store)
        made.madeKey = try ensureKey(configuration, in: keyFolder, crypto: crypto)
        let keys = try readKeys(at: configuration.key, crypto: crypto)
        made.madeStore = try ensureStore(configuration, newStore: newStore, keys: keys, crypto: crypto)
        let configurationFolder = try ensureParent(of: configurationPath, .config)
        made.madeConfiguration = try ensureFile(
            split(path: configurationPath).name, in: configurationFolder, template.span, mode: 0o644, .config)
        return made
    }

    /// Takes the lock of all runs, and of rotations of the key: on a file that nobody but root can open, and so hold.
    static func lock(
        _ folder: borrowing Descriptor, waitingAtMost wait: Int64 = RecordFile.lockWait
    ) throws(StoreError) -> Descriptor {
        let name: [UInt8] = [UInt8](text: ".init-lock")
        do throws(SystemError) { _ = try folder.open(name, .create(mode: 0o600)) } catch {
            guard error == .exists else { throw StoreError(.keyUnreadable, cause: error.name) }
        }
        do throws(PathProblem) {
            let file = try folder.openFile(name, .readWrite, .secret)
            do throws(SystemError) { try file.lock(waitingAtMost: wait) } catch {
                throw .system(error)
            }
            return file
        } catch {
            throw error == .system(.tryAgain) ? StoreError(.lockTimeout, cause: "init") : Subject.key.error(error)
        }
    }

    /// Opens the folder that a file belongs in, and makes it (0755) where only it is missing.
    private static func ensureParent(of path: [UInt8], _ subject: Subject) throws(StoreError) -> Descriptor {
        let folder = split(path: path).folder
        do throws(PathProblem) {
            try ensureFolder(folder, mode: 0o755)
            return try Descriptor.walk(to: folder, .unchangeable)
        } catch {
            throw subject.error(error)
        }
    }

    private static func ensureFolder(_ path: [UInt8], mode: UInt32) throws(PathProblem) {
        guard !path.isEmpty else { return }
        let (parent, name) = split(path: path)
        let above = try Descriptor.walk(to: parent, .unchangeable)
        do throws(SystemError) {
            try above.makeFolder(name, mode: mode)
            try above.sync()
        } catch {
            guard error == .exists else { throw .system(error) }
        }
    }

    private static func makeParent(of path: [UInt8]) throws(StoreError) {
        do throws(PathProblem) { try ensureFolder(split(path: path).folder, mode: 0o755) } catch {
            throw Subject.store.error(error)
        }
    }

    /// Makes the key, where there is neither key nor store. Its store is prepared before the key appears, so that a run
    /// that was killed in between can be told from a store that went missing.
    private static func ensureKey(
        _ configuration: Configuration, in folder: borrowing Descriptor, crypto: borrowing Libcrypto
    ) throws(StoreError) -> Bool {
        let name = split(path: configuration.key).name
        guard try isMissing(name, in: folder, .key) else { return false }
        guard try !storeExists(configuration) else { throw StoreError(.keyMissing, cause: "store-exists") }
        let bytes = try newKey()
        try NewStore.prepare(
            at: configuration.store, bcryptCost: configuration.bcryptCost,
            key: try makeMasterKey(bytes.copy(), crypto: crypto), crypto: crypto)
        return try ensureFile(name, in: folder, bytes.bytes, mode: 0o400, .key)
    }

    static func newKey() throws(StoreError) -> SecretBytes {
        do throws(CryptoError) { return try SecretBytes.random(MasterKey.size) } catch {
            throw StoreError(.cryptoUnavailable, cause: "getrandom")
        }
    }

    /// Makes the store where it is free, and only where it was never there or a new one is wanted.
    private static func ensureStore(
        _ configuration: Configuration, newStore: Bool, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(StoreError) -> Bool {
        let (path, cost) = (configuration.store, configuration.bcryptCost)
        if try NewStore.finishFilling(at: path, bcryptCost: cost, keys: keys, crypto: crypto) { return true }
        guard try NewStore.isFree(at: path) else {
            try ensureDecoys(path, bcryptCost: cost, keys: keys, crypto: crypto)
            return false
        }
        if !NewStore.isPrepared(at: path, keys: keys, crypto: crypto) {
            guard newStore else { throw StoreError(.storeMissing, cause: "key-exists") }
            try NewStore.prepare(at: path, bcryptCost: cost, key: keys.current, crypto: crypto)
        }
        try NewStore.commit(at: path, bcryptCost: cost, keys: keys, crypto: crypto)
        return true
    }

    /// Puts back the decoys that a store has lost, and removes what a run that was killed left beside it. A store that is
    /// not whole is left as it is: that is not for us to mend.
    private static func ensureDecoys(
        _ path: [UInt8], bcryptCost: Int, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(StoreError) {
        do throws(PathProblem) {
            let folder = try Descriptor.walk(to: path, .secret)
            do throws(StoreError) { _ = try StoreFile.marker.read(in: folder, keys: keys, crypto: crypto) } catch {
                return
            }
            let users = try folder.openFolder([UInt8](text: "users"), .secret)
            try Decoys.ensure(in: users, bcryptCost: bcryptCost, key: keys.current, crypto: crypto)
        } catch {
            if case .missing = error { return }
            throw Subject.store.error(error)
        }
        try NewStore.discardPrepared(at: path)
    }

    /// Whether the store's folder is there with anything in it.
    private static func storeExists(_ configuration: Configuration) throws(StoreError) -> Bool {
        do throws(PathProblem) {
            let folder = try Descriptor.walk(to: configuration.store, .secret)
            do throws(SystemError) { return try !NewStore.names(in: folder).isEmpty } catch { throw .system(error) }
        } catch {
            if case .missing = error { return false }
            throw Subject.store.error(error)
        }
    }

    private static func isMissing(
        _ name: [UInt8], in folder: borrowing Descriptor, _ subject: Subject
    ) throws(StoreError) -> Bool {
        do throws(SystemError) {
            _ = try folder.status(of: name)
            return false
        } catch {
            guard error == .noEntry else { throw StoreError(subject.unreadable, cause: error.name) }
            return true
        }
    }

    /// Writes a file where there is none.
    ///
    /// - Returns: whether it was made.
    private static func ensureFile(
        _ name: [UInt8], in folder: borrowing Descriptor, _ bytes: Span<UInt8>, mode: UInt32, _ subject: Subject
    ) throws(StoreError) -> Bool {
        guard try isMissing(name, in: folder, subject) else { return false }
        do throws(SystemError) { try folder.replaceFile(name, with: bytes, mode: mode) } catch {
            throw StoreError(subject.unreadable, cause: error.name)
        }
        return true
    }
}
