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
    /// - Throws: `.keyMissing` where there is a store but no key: a new key would make every record unreadable for
    ///   good, so none is made.
    package static func run(
        _ configuration: Configuration, configurationPath: [UInt8], template: [UInt8]
    ) throws(StoreError) -> InitialisedFiles {
        var made = InitialisedFiles()
        let crypto = try loadLibcrypto()
        let keyFolder = try ensureParent(of: configuration.key, .key)
        // Two runs at once must not make two keys.
        try lock(keyFolder)
        made.madeKey = try ensureKey(configuration, in: keyFolder)
        let key = try readMasterKey(at: configuration.key, crypto: crypto)
        made.madeStore = try NewStore.ensure(at: configuration.store, key: key, crypto: crypto)
        let configurationFolder = try ensureParent(of: configurationPath, .config)
        made.madeConfiguration = try ensureFile(
            split(path: configurationPath).name, in: configurationFolder, template.span, mode: 0o644, .config)
        return made
    }

    private static func loadLibcrypto() throws(StoreError) -> Libcrypto {
        do throws(CryptoError) { return try Libcrypto.load() } catch { throw StoreError(.cryptoUnavailable) }
    }

    private static func lock(_ folder: borrowing Descriptor) throws(StoreError) {
        do throws(SystemError) { try folder.lock(waitingAtMost: RecordFile.lockWait) } catch {
            throw StoreError(.lockTimeout, cause: "init")
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

    private static func ensureKey(
        _ configuration: Configuration, in folder: borrowing Descriptor
    ) throws(StoreError) -> Bool {
        let name = split(path: configuration.key).name
        guard try isMissing(name, in: folder, .key) else { return false }
        guard try !storeExists(configuration) else { throw StoreError(.keyMissing, cause: "store-exists") }
        let key: SecretBytes
        do throws(CryptoError) { key = try SecretBytes.random(MasterKey.size) } catch {
            throw StoreError(.cryptoUnavailable, cause: "getrandom")
        }
        return try ensureFile(name, in: folder, key.bytes, mode: 0o400, .key)
    }

    /// Whether the store's folder is there with anything in it.
    private static func storeExists(_ configuration: Configuration) throws(StoreError) -> Bool {
        do throws(PathProblem) {
            let folder = try Descriptor.walk(to: configuration.store, .secret)
            do throws(SystemError) { return try !folder.names().isEmpty } catch { throw .system(error) }
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
