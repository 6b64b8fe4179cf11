internal import Crypto
internal import Linux
internal import TwostepCore

/// Making a store: complete under another name, then renamed, so that there is never half of one. What is there
/// already is left alone: a store that lost its marker or its index must be put back, not made anew, since an empty
/// index would say that nobody ever enrolled.
enum NewStore {
    static var users: [UInt8] { [UInt8](text: "users") }

    static func temporary(_ name: [UInt8]) -> [UInt8] { [UInt8](text: ".new-") + name }

    /// Whether there is no store at `path`: no folder, or an empty one.
    static func isFree(at path: [UInt8]) throws(StoreError) -> Bool {
        try inParent(of: path) { (parent, name) throws(PathProblem) in try isFree(name, in: parent) }
    }

    /// Runs `body` with the folder that the store belongs in, and the store's name there.
    static func inParent<R>(
        of path: [UInt8], _ body: (borrowing Descriptor, [UInt8]) throws(PathProblem) -> R
    ) throws(StoreError) -> R {
        let (parent, name) = split(path: path)
        do throws(PathProblem) { return try body(try Descriptor.walk(to: parent, .unchangeable), name) } catch {
            throw Subject.store.error(error)
        }
    }

    /// Makes a whole store beside the place where it belongs.
    static func prepare(
        at path: [UInt8], bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(StoreError) {
        try inParent(of: path) { (parent, name) throws(PathProblem) in
            let folder = try makeFolder(temporary(name), in: parent)
            let id = try newID()
            try fill(folder, id: id, bcryptCost: bcryptCost, key: key, crypto: crypto)
            try write(.marker, id.span, in: folder, key: key, crypto: crypto)
        }
    }

    /// Whether a whole store of this key waits beside the place where it belongs: a run was killed before `commit`.
    static func isPrepared(at path: [UInt8], keys: Keyring, crypto: borrowing Libcrypto) -> Bool {
        let (parentPath, name) = split(path: path)
        do throws(PathProblem) {
            return try id(of: temporary(name), in: Descriptor.walk(to: parentPath, .unchangeable), keys, crypto) != nil
        } catch {
            return false
        }
    }

    /// The id of the whole store of this key in a folder; nil where there is none.
    static func id(
        of name: [UInt8], in parent: borrowing Descriptor, _ keys: Keyring, _ crypto: borrowing Libcrypto
    ) throws(PathProblem) -> [UInt8]? {
        guard let folder = try parent.openFolder(ifThere: name, .secret) else { return nil }
        do throws(StoreError) {
            return try StoreFile.marker.read(in: folder, keys: keys, crypto: crypto).array
        } catch {
            return nil
        }
    }

    /// Puts the prepared store in its place.
    static func commit(
        at path: [UInt8], bcryptCost: Int, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(StoreError) {
        try inParent(of: path) { (parent, name) throws(PathProblem) in
            do throws(SystemError) {
                try parent.rename(temporary(name), to: name)
                try parent.sync()
            } catch {
                // A mount point cannot be renamed over, nor a folder with `users` in it.
                guard error == .inUse || error == .notEmpty else { throw .system(error) }
                try fillPlace(name, in: parent, bcryptCost: bcryptCost, keys: keys, crypto: crypto)
            }
        }
    }

    /// Whether the folder is missing or empty; one that nobody but root may use, or nothing is made in it.
    private static func isFree(_ name: [UInt8], in parent: borrowing Descriptor) throws(PathProblem) -> Bool {
        guard let folder = try parent.openFolder(ifThere: name, .secret) else { return true }
        do throws(SystemError) {
            let names = try names(in: folder)
            if names.isEmpty { return true }
            return try isBare(folder, names)
        } catch {
            throw .system(error)
        }
    }

    static func makeFolder(_ name: [UInt8], in parent: borrowing Descriptor) throws(PathProblem) -> Descriptor {
        do throws(SystemError) { try parent.makeFolder(name, mode: 0o700) } catch {
            guard error == .exists else { throw .system(error) }
        }
        return try parent.openFolder(name, .secret)
    }

    /// Users' folder with its decoys, and the index; the marker, which makes it a store, comes last.
    static func fill(
        _ folder: borrowing Descriptor, id: [UInt8], bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(PathProblem) {
        let users = try makeFolder(users, in: folder)
        try Decoys.ensure(in: users, bcryptCost: bcryptCost, key: key, crypto: crypto)
        let index = StoreFile.index(storeID: id)
        try write(index, IndexCodec.encode([]).bytes, in: folder, key: key, crypto: crypto)
    }

    private static func newID() throws(PathProblem) -> [UInt8] {
        do throws(CryptoError) { return try randomBytes(StoreFile.storeIDSize) } catch {
            throw .system(.inputOutput)
        }
    }

    static func write(
        _ file: StoreFile, _ text: Span<UInt8>, in folder: borrowing Descriptor, key: MasterKey,
        crypto: borrowing Libcrypto
    ) throws(PathProblem) {
        let sealed = try seal(file, text, key: key, crypto: crypto)
        do throws(SystemError) { try folder.replaceFile(file.name, with: sealed.bytes, mode: 0o600) } catch {
            throw .system(error)
        }
    }

    private static func seal(
        _ file: StoreFile, _ text: Span<UInt8>, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(PathProblem) -> SecretBytes {
        do throws(CryptoError) { return try file.seal(text, key: key, crypto: crypto) } catch {
            throw .system(.inputOutput)
        }
    }
}
