package import Crypto
internal import Linux
package import TwostepCore

extension Descriptor {
    /// The whole file, at most `limit` bytes: for what is sealed or public.
    ///
    /// - Throws: the subject's error where the file is larger than `limit`, or shorter than its size says.
    func readAll(limit: Int, _ subject: Subject) throws(StoreError) -> [UInt8] {
        do throws(SystemError) {
            let size = try status().size
            guard size >= 0, size <= Int64(limit) else { throw SystemError.fileTooLarge }
            var bytes = [UInt8](repeating: 0, count: Int(size))
            guard size > 0 else { return bytes }
            var room = bytes.mutableSpan
            guard try read(into: &room, at: 0) == Int(size) else { throw .inputOutput }
            return bytes
        } catch {
            if error == .fileTooLarge { throw StoreError(subject.corrupt, cause: "size") }
            throw StoreError(subject.unreadable, cause: error.name)
        }
    }
}

extension SecretBytes {
    /// The bytes as an array, for what is not secret.
    package var array: [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(count)
        for index in bytes.indices { array.append(bytes[index]) }
        return array
    }
}

/// Reads and parses the configuration file.
///
/// - Parameter isDefault: whether the path was named by nobody; then no file means the strictest defaults.
/// - Throws: `.configInvalid` with the file, the line and what is wrong with it as its cause.
package func readConfiguration(
    at path: [UInt8], isDefault: Bool
) throws(StoreError) -> Configuration {
    let text = try readConfigurationText(at: path, isDefault: isDefault)
    do throws(ConfigurationError) { return try Configuration.parse(text, address: networkAddress) } catch {
        throw StoreError(.configInvalid, cause: describe(error, in: path))
    }
}

/// What is wrong with a configuration file: `FILE:LINE: what is wrong`.
package func describe(_ error: ConfigurationError, in path: [UInt8]) -> [UInt8] {
    path + [0x3A] + [UInt8](decimal: Int64(error.line)) + [0x3A, 0x20] + error.text
}

/// Reads the configuration file as it is; no file where nobody named one is an empty one.
package func readConfigurationText(at path: [UInt8], isDefault: Bool) throws(StoreError) -> [UInt8] {
    let file: Descriptor
    do throws(PathProblem) { file = try openChecked(path, .read, .unchangeable) } catch {
        if case .missing = error, isDefault { return [] }
        throw Subject.config.error(error)
    }
    return try file.readAll(limit: Configuration.sizeLimit, .config)
}

/// Reads the master key.
package func readMasterKey(at path: [UInt8], crypto: borrowing Libcrypto) throws(StoreError) -> MasterKey {
    let bytes: SecretBytes
    do throws(PathProblem) { bytes = try readKeyFile(path) } catch { throw Subject.key.error(error) }
    guard bytes.count == MasterKey.size else { throw StoreError(.keyInvalid, cause: "size") }
    return try makeMasterKey(bytes, crypto: crypto)
}

/// Where the old key of a rotation lies: beside the current one.
package func oldKeyPath(of path: [UInt8]) -> [UInt8] {
    let (folder, name) = split(path: path)
    return folder + [UInt8](text: "/.old-") + name
}

/// Reads the master key, and the old one where a rotation is unfinished.
@inline(never)
func readKeys(at path: [UInt8], crypto: borrowing Libcrypto) throws(StoreError) -> Keyring {
    let current = try readMasterKey(at: path, crypto: crypto)
    return Keyring(current: current, old: try readOldKey(of: path, crypto: crypto))
}

/// Nil where there is none.
private func readOldKey(of path: [UInt8], crypto: borrowing Libcrypto) throws(StoreError) -> MasterKey? {
    do throws(StoreError) { return try readMasterKey(at: oldKeyPath(of: path), crypto: crypto) } catch {
        guard error.reason == .keyMissing else { throw error }
        return nil
    }
}

/// The master key made of its 32 bytes.
func makeMasterKey(_ bytes: consuming SecretBytes, crypto: borrowing Libcrypto) throws(StoreError) -> MasterKey {
    do throws(CryptoError) { return try MasterKey(bytes, crypto: crypto) } catch {
        throw StoreError(.cryptoUnavailable, cause: "master-key")
    }
}

/// What a login needs of libcrypto, or the store's error.
func loadLibcrypto() throws(StoreError) -> Libcrypto {
    do throws(CryptoError) { return try Libcrypto.load() } catch { throw StoreError(.cryptoUnavailable) }
}

private func readKeyFile(_ path: [UInt8]) throws(PathProblem) -> SecretBytes {
    let file = try openChecked(path, .read, .secret)
    // One byte more than a key has room, so that a longer file is seen to be one.
    var bytes = SecretBytes(zeroes: MasterKey.size + 1)
    var room = bytes.mutableBytes
    do throws(SystemError) {
        let count = try file.read(into: &room, at: 0)
        bytes.resize(to: count)
        return bytes
    } catch {
        throw .system(error)
    }
}
