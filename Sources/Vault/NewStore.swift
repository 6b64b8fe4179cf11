internal import Crypto
internal import Linux
internal import TwostepCore

/// Making a store: complete under another name, then renamed, so that there is never half of one. What is there
/// already is left alone: a store that lost its marker or its index must be put back, not made anew, since an empty
/// index would say that nobody ever enrolled.
enum NewStore {
    private static var users: [UInt8] { [UInt8](text: "users") }

    private static func temporary(_ name: [UInt8]) -> [UInt8] { [UInt8](text: ".new-") + name }

    /// Whether there is no store at `path`: no folder, or an empty one.
    static func isFree(at path: [UInt8]) throws(StoreError) -> Bool {
        try inParent(of: path) { (parent, name) throws(PathProblem) in try isFree(name, in: parent) }
    }

    /// Runs `body` with the folder that the store belongs in, and the store's name there.
    private static func inParent<R>(
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
            try fill(try makeFolder(temporary(name), in: parent), bcryptCost: bcryptCost, key: key, crypto: crypto)
        }
    }

    /// Whether a whole store of this key waits beside the place where it belongs: a run was killed before `commit`.
    static func isPrepared(at path: [UInt8], keys: Keyring, crypto: borrowing Libcrypto) -> Bool {
        let (parentPath, name) = split(path: path)
        do throws(PathProblem) {
            let parent = try Descriptor.walk(to: parentPath, .unchangeable)
            let folder = try parent.openFolder(temporary(name), .secret)
            do throws(StoreError) {
                _ = try StoreFile.marker.read(in: folder, keys: keys, crypto: crypto)
                return true
            } catch {
                return false
            }
        } catch {
            return false
        }
    }

    /// Puts the prepared store in its place.
    static func commit(
        at path: [UInt8], bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(StoreError) {
        try inParent(of: path) { (parent, name) throws(PathProblem) in
            do throws(SystemError) {
                try parent.rename(temporary(name), to: name)
                try parent.sync()
            } catch {
                // A mount point cannot be renamed over, nor a folder with `users` in it: it is filled as it stands.
                guard error == .inUse || error == .notEmpty else { throw .system(error) }
                try fill(
                    try parent.openFolder(name, .secret), bcryptCost: bcryptCost, key: key, crypto: crypto)
                try discard(temporary(name), in: parent)
            }
        }
    }

    /// Whether the folder is missing or empty; one that nobody but root may use, or nothing is made in it.
    private static func isFree(_ name: [UInt8], in parent: borrowing Descriptor) throws(PathProblem) -> Bool {
        let folder: Descriptor
        do throws(PathProblem) { folder = try parent.openFolder(name, .secret) } catch {
            if case .missing = error { return true }
            throw error
        }
        do throws(SystemError) {
            let names = try folder.names()
            if !names.isEmpty, !names.contains([UInt8](text: "marker")), try isBare(folder, names) { return true }
            return names.isEmpty
        } catch {
            throw .system(error)
        }
    }

    /// What a run that was killed while it filled a mount point left, and nothing that could ever have been a store.
    private static func isBare(_ folder: borrowing Descriptor, _ names: [[UInt8]]) throws(SystemError) -> Bool {
        for name in names {
            guard name == users || name.equals(".new-index") else { return false }
            if name == users, try !folder.open(name, .folder).names().allSatisfy(Decoys.isName) { return false }
        }
        return true
    }

    private static func makeFolder(_ name: [UInt8], in parent: borrowing Descriptor) throws(PathProblem) -> Descriptor {
        do throws(SystemError) { try parent.makeFolder(name, mode: 0o700) } catch {
            guard error == .exists else { throw .system(error) }
        }
        return try parent.openFolder(name, .secret)
    }

    /// Users' folder with its decoys, index and marker; the marker comes last.
    private static func fill(
        _ folder: borrowing Descriptor, bcryptCost: Int, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(PathProblem) {
        let users = try makeFolder(users, in: folder)
        try Decoys.ensure(in: users, bcryptCost: bcryptCost, key: key, crypto: crypto)
        let id = try newID()
        let index = StoreFile.index(storeID: id)
        try write(index, IndexCodec.encode([]).bytes, in: folder, key: key, crypto: crypto)
        try write(.marker, id.span, in: folder, key: key, crypto: crypto)
    }

    private static func newID() throws(PathProblem) -> [UInt8] {
        do throws(CryptoError) { return try randomBytes(StoreFile.storeIDSize) } catch {
            throw .system(.inputOutput)
        }
    }

    private static func write(
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

    /// Removes the folder that was not needed.
    private static func discard(
        _ name: [UInt8], in parent: borrowing Descriptor
    ) throws(PathProblem) {
        let folder = try parent.openFolder(name, .secret)
        do throws(SystemError) {
            try folder.remove([UInt8](text: "index"))
            try folder.remove([UInt8](text: "marker"))
            let decoys = try folder.open(users, .folder)
            for name in try decoys.names() { try decoys.remove(name) }
            try folder.removeFolder(users)
            try parent.removeFolder(name)
        } catch {
            throw .system(error)
        }
    }
}
