internal import Crypto
internal import Linux
internal import TwostepCore

/// Making a store where none can be renamed to, since the place is a mount point: it is filled as it stands, as the store
/// that was prepared beside it. By that store's id a later run tells what a killed one left from a store that lost its
/// marker, which must be put back (law 3).
extension NewStore {
    /// The prepared store from the moment on when its place is all but whole: nothing takes it for one that waits to be
    /// renamed, also where the disk is not mounted any more and the place is an empty folder.
    private static func setAside(_ name: [UInt8]) -> [UInt8] { temporary(name) + [UInt8](text: "-placed") }

    static func fillPlace(
        _ name: [UInt8], in parent: borrowing Descriptor, bcryptCost: Int, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(PathProblem) {
        guard let id = try preparedID(of: name, in: parent, keys, crypto) else { throw .system(.inputOutput) }
        let folder = try parent.openFolder(name, .secret)
        try fill(folder, id: id, bcryptCost: bcryptCost, key: keys.current, crypto: crypto)
        if try Self.id(of: temporary(name), in: parent, keys, crypto) != nil {
            try discard(setAside(name), in: parent)
            do throws(SystemError) {
                try parent.rename(temporary(name), to: setAside(name))
                try parent.sync()
            } catch {
                throw .system(error)
            }
        }
        try write(.marker, id.span, in: folder, key: keys.current, crypto: crypto)
        try discard(setAside(name), in: parent)
    }

    private static func preparedID(
        of name: [UInt8], in parent: borrowing Descriptor, _ keys: Keyring, _ crypto: borrowing Libcrypto
    ) throws(PathProblem) -> [UInt8]? {
        if let id = try id(of: temporary(name), in: parent, keys, crypto) { return id }
        return try id(of: setAside(name), in: parent, keys, crypto)
    }

    /// Goes on where a run was killed between index and marker: the index in the place is the prepared store's, and says
    /// that nobody is enrolled. A store that lost its marker has another's index, or one with people in it.
    ///
    /// - Returns: false where no run was killed so.
    static func finishFilling(
        at path: [UInt8], bcryptCost: Int, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(StoreError) -> Bool {
        try inParent(of: path) { (parent, name) throws(PathProblem) in
            guard let id = try preparedID(of: name, in: parent, keys, crypto),
                try isHalfFilled(name, in: parent, id: id, keys, crypto)
            else { return false }
            try fillPlace(name, in: parent, bcryptCost: bcryptCost, keys: keys, crypto: crypto)
            return true
        }
    }

    private static func isHalfFilled(
        _ name: [UInt8], in parent: borrowing Descriptor, id: [UInt8], _ keys: Keyring, _ crypto: borrowing Libcrypto
    ) throws(PathProblem) -> Bool {
        guard let folder = try parent.openFolder(ifThere: name, .secret) else { return false }
        do throws(SystemError) {
            let names = try names(in: folder)
            guard try isBare(folder, names, besides: ["index", ".new-marker"]) else { return false }
        } catch {
            throw .system(error)
        }
        do throws(StoreError) {
            let index = try StoreFile.index(storeID: id).read(in: folder, keys: keys, crypto: crypto)
            do throws(DecodeError) { return try IndexCodec.decode(index.bytes).isEmpty } catch { return false }
        } catch {
            return false
        }
    }

    /// What a folder holds, but for the `lost+found` that a new file system of the ext family has at its root, as long as
    /// nothing is in it.
    static func names(in folder: borrowing Descriptor) throws(SystemError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for name in try folder.names() {
            if name.equals("lost+found"), try isEmptyFolder(name, in: folder) { continue }
            names.append(name)
        }
        return names
    }

    private static func isEmptyFolder(_ name: [UInt8], in folder: borrowing Descriptor) throws(SystemError) -> Bool {
        let found = try folder.open(name, .folder)
        return try found.names().isEmpty
    }

    /// Whether a folder has nothing but what a run makes before the index, and nothing that could ever have been a store.
    static func isBare(
        _ folder: borrowing Descriptor, _ names: [[UInt8]], besides others: [StaticString] = []
    ) throws(SystemError) -> Bool {
        for name in names where name != users && !name.equals(".new-index") {
            guard others.contains(where: { name.equals($0) }) else { return false }
        }
        guard names.contains(users) else { return true }
        return try folder.open(users, .folder).names().allSatisfy(Decoys.isName)
    }

    // MARK: What is left over

    /// Removes what a run that was killed after it had filled its place left beside a whole store.
    static func discardPrepared(at path: [UInt8]) throws(StoreError) {
        try inParent(of: path) { (parent, name) throws(PathProblem) in
            try discard(temporary(name), in: parent)
            try discard(setAside(name), in: parent)
        }
    }

    /// Removes a prepared store, as far as it is there: the marker first, so that what a kill leaves passes for none.
    private static func discard(_ name: [UInt8], in parent: borrowing Descriptor) throws(PathProblem) {
        guard let folder = try parent.openFolder(ifThere: name, .secret) else { return }
        do throws(SystemError) {
            for file: StaticString in ["marker", "index", ".new-marker", ".new-index"] {
                do throws(SystemError) { try folder.remove([UInt8](text: file)) } catch {
                    guard error == .noEntry else { throw error }
                }
            }
            try removeUsers(in: folder)
            try parent.removeFolder(name)
        } catch {
            throw .system(error)
        }
    }

    private static func removeUsers(in folder: borrowing Descriptor) throws(SystemError) {
        let decoys: Descriptor
        do throws(SystemError) { decoys = try folder.open(users, .folder) } catch {
            guard error == .noEntry else { throw error }
            return
        }
        for name in try decoys.names() { try decoys.remove(name) }
        try folder.removeFolder(users)
    }
}
