internal import Commands
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore

/// A file that is not Twostep's and may be anybody's: read as root, while its owner can put anything in its place at any
/// moment.
///
/// The way is walked by descriptors. Of symbolic links only those of root's are followed, in folders that nobody else may
/// write, such as `/home` on another disk. Everything is decided on the open file itself: a regular one with one name, owned by root or by the user it is about, closed to everybody else, and not
/// larger than it can be. So it can lead to nothing that was not the owner's own, and nothing hangs on it.
struct ForeignFile {
    let path: [UInt8]
    /// Who may own it besides root.
    let owner: UInt32
    /// Whether nobody else may read it, either.
    let isSecret: Bool

    init(_ path: [UInt8], owner: UInt32, isSecret: Bool = true) {
        self.path = path
        self.owner = owner
        self.isSecret = isSecret
    }

    /// A path as somebody types it, made absolute.
    static func absolute(_ path: String) -> [UInt8] {
        let bytes = Array(path.utf8)
        return bytes.first == 0x2F ? bytes : Array(FileManager.default.currentDirectoryPath.utf8) + [0x2F] + bytes
    }

    enum Problem: Error, Equatable {
        case missing
        case refused(String)
    }

    /// The content, of at most `limit` bytes.
    ///
    /// - Parameter identify: is told which file it is, where it may be read.
    func read(limit: Int, identify: (FileIdentity) -> Void = { _ in }) throws(Problem) -> SecretBytes {
        let opened: Opened
        do throws(SystemError) { opened = try open() } catch { throw ForeignFile.problem(error) }
        if let flaw = flaw(opened.status, limit: limit) { throw .refused(flaw) }
        identify(opened.identity)
        var bytes = SecretBytes(zeroes: Int(opened.status.size))
        var room = bytes.mutableBytes
        // A file that shrinks meanwhile is what is left of it; one that grows is what it was.
        let count: Int
        do throws(SystemError) { count = try opened.file.read(into: &room, at: 0) } catch {
            throw ForeignFile.problem(error)
        }
        bytes.resize(to: count)
        return bytes
    }

    /// An open file, and what is decided on.
    private struct Opened: ~Copyable {
        let file: Descriptor
        let status: FileStatus
        let identity: FileIdentity
    }

    private func open() throws(SystemError) -> Opened {
        let place = try ForeignFile.place(of: path)
        let file = try ForeignFile.open(place)
        let status = try file.status()
        let identity = FileIdentity(file: .init(status), folder: .init(try place.folder.status()), name: place.name)
        return Opened(file: file, status: status, identity: identity)
    }

    private static func open(_ place: borrowing Place) throws(SystemError) -> Descriptor {
        // Looked at first, so that no device or pipe is opened that need not be; decided on what was opened.
        switch try place.folder.status(of: place.name).kind {
        case .regular: return try place.folder.open(place.name, .read)
        case .symbolicLink: throw .symbolicLink
        case .folder: throw .isAFolder
        case .socket, .other: throw .noDevice
        }
    }

    /// How many symbolic links on the way are followed.
    private static let linkLimit = 8

    /// The folder that a path leads to, and the name in it.
    static func place(of path: [UInt8]) throws(SystemError) -> Place {
        guard path.first == 0x2F else { throw .invalid }
        var path = path
        for _ in 0...linkLimit {
            let parts = path.parts(separatedBy: 0x2F).filter { !$0.isEmpty && $0 != [0x2E] }
            guard let name = parts.last else { throw .isAFolder }
            guard let detour = try detour(parts) else {
                var folder = try Descriptor.root()
                for part in parts.dropLast() { folder = try step(from: folder, to: part) }
                return Place(folder: folder, name: name)
            }
            path = detour
        }
        throw .symbolicLink
    }

    /// The path without the first of root's links in it; nil where there is none.
    private static func detour(_ parts: [[UInt8]]) throws(SystemError) -> [UInt8]? {
        var folder = try Descriptor.root()
        for (index, part) in parts.dropLast().enumerated() {
            let place = try folder.status()
            let isRoots = place.owner == 0 && place.mode & 0o022 == 0
            if try folder.status(of: part).kind == .symbolicLink {
                guard isRoots, try folder.status(of: part).owner == 0 else { throw .symbolicLink }
                let target = try folder.target(ofLink: part)
                // Where it stands there is no link above any more, so that `..` is the folder before.
                var walked = target.first == 0x2F ? [] : Array(parts[..<index])
                for step in target.parts(separatedBy: 0x2F) where !step.isEmpty && step != [0x2E] {
                    if step == [0x2E, 0x2E] { _ = walked.popLast() } else { walked.append(step) }
                }
                return (walked + parts[(index + 1)...]).flatMap { [0x2F] + $0 }
            }
            folder = try step(from: folder, to: part)
        }
        return nil
    }

    /// A folder, and a name in it.
    struct Place: ~Copyable {
        let folder: Descriptor
        let name: [UInt8]
    }

    private static func step(from folder: borrowing Descriptor, to name: [UInt8]) throws(SystemError) -> Descriptor {
        do throws(SystemError) { return try folder.open(name, .folder) } catch {
            guard error == .notAFolder || error == .symbolicLink else { throw error }
            // A symbolic link is said so; below what is no folder at all nothing can be.
            throw try folder.status(of: name).kind == .symbolicLink ? .symbolicLink : .noEntry
        }
    }

    /// Makes a new file for root alone, which must not be there yet, and writes it for good, or not at all.
    static func create(_ path: [UInt8], _ content: Span<UInt8>) throws(Problem) {
        do throws(SystemError) {
            let place = try place(of: path)
            let file = try place.folder.open(place.name, .create(mode: 0o600))
            do throws(SystemError) {
                try file.setMode(0o600)
                try file.write(content, at: 0)
                try file.sync()
                try place.folder.sync()
            } catch {
                do throws(SystemError) { try place.folder.remove(place.name) } catch {}
                throw error
            }
        } catch {
            throw problem(error)
        }
    }

    /// What is wrong with an open file; nil where nothing is.
    private func flaw(_ status: FileStatus, limit: Int) -> String? {
        if status.kind != .regular { return "is no regular file" }
        if status.owner != 0 && status.owner != owner { return "belongs to somebody else (uid \(status.owner))" }
        if status.links != 1 { return "has more than one name (hard link)" }
        if !isSecret, status.mode & 0o022 != 0 { return "may be written by others: take that away with chmod go-w" }
        if isSecret, status.mode & 0o077 != 0 {
            return "is open to others: make it \(owner == 0 ? "root's" : "theirs") alone with chmod 600"
        }
        if status.size > Int64(limit) { return "is larger than \(limit / 1024) KiB" }
        return nil
    }

    private static func problem(_ error: SystemError) -> Problem {
        switch error {
        case .noEntry: .missing
        case .symbolicLink: .refused("is a symbolic link, or a folder above it is one")
        case .exists: .refused("is there already")
        case .isAFolder: .refused("is a folder")
        case .noDevice: .refused("is no regular file")
        case .invalid: .refused("is no absolute path without ..")
        default: .refused("cannot be read (\(text(error.name)))")
        }
    }
}
