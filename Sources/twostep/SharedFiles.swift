internal import Linux

/// Which file something was read from: by the file itself, and by its place, since a login of the old module puts a new
/// file in the place of the old one.
struct FileIdentity: Hashable {
    struct Number: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
        }
    }

    let file: Number
    let folder: Number
    let name: [UInt8]
}

/// Finds the files that are read for several accounts.
struct SharedFiles {
    private struct Reader {
        let user: Int
        let uid: UInt32
    }
    private struct Spot: Hashable {
        let folder: FileIdentity.Number
        let name: [UInt8]
    }
    private var files: [FileIdentity.Number: [Reader]] = [:]
    private var spots: [Spot: [Reader]] = [:]

    /// - Parameters:
    ///   - user: what the caller knows the reader by.
    ///   - uid: the account. Two names of one uid are one account.
    mutating func add(_ file: FileIdentity, user: Int, uid: UInt32) {
        let reader = Reader(user: user, uid: uid)
        files[file.file, default: []].append(reader)
        spots[Spot(folder: file.folder, name: file.name), default: []].append(reader)
    }

    /// Those who have a file in common with another account, together, in the order in which they came.
    var found: [[Int]] {
        (Array(files.values) + Array(spots.values)).compactMap { readers in
            readers.contains { $0.uid != readers[0].uid } ? readers.map(\.user) : nil
        }
    }
}
