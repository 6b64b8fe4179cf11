package import Linux
internal import TwostepCore

/// Why a file or folder is not taken: before anything in it is believed, its way and itself are checked.
package enum PathProblem: Error, Equatable, Sendable {
    /// A component of the path is not there; `last` where only the last one is missing.
    case missing(last: Bool)
    /// Somebody else than root could have put or changed it; `why` says what is wrong.
    case unsafe(why: Flaw)
    case system(SystemError)

    package enum Flaw: Sendable {
        case symbolicLink, notAFolder, notAFile, owner, mode, links

        /// The name in the log.
        package var text: StaticString {
            switch self {
            case .symbolicLink: "symbolic-link"
            case .notAFolder: "not-a-folder"
            case .notAFile: "not-a-file"
            case .owner: "owner"
            case .mode: "mode"
            case .links: "hard-link"
            }
        }
    }
}

/// Who may do what with a file that Twostep relies on.
package struct Protection: Sendable {
    /// Permission bits that must not be set.
    let forbidden: UInt32

    /// Secret: nobody but root.
    package static let secret = Protection(forbidden: 0o077)
    /// Readable by all, changed by root only.
    package static let unchangeable = Protection(forbidden: 0o022)
}

extension Descriptor {
    /// Opens the folder at an absolute path (empty for the root folder). Every component must be a real folder, owned by
    /// root and writable by nobody else, so that nobody else can put another in its place.
    ///
    /// - Parameter protection: what the last folder must have; those above must be `.unchangeable`.
    package static func walk(to path: [UInt8], _ protection: Protection) throws(PathProblem) -> Descriptor {
        guard path.isEmpty || isPlainPath(path) else { throw .system(.invalid) }
        let components = Array(path.parts(separatedBy: UInt8(ascii: "/")).dropFirst())
        // Opened at once and checked upwards where all is well; step by step where something is not, to say what.
        if let folder = folderWithoutLinks(at: path), isSafe(folder, depth: components.count, protection) {
            return folder
        }
        var folder: Descriptor
        do throws(SystemError) { folder = try Descriptor.root() } catch { throw .system(error) }
        try folder.checkFolder(.unchangeable)
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            folder = try folder.openFolder(component, isLast ? protection : .unchangeable, isLast: isLast)
        }
        return folder
    }

    /// Whether an open folder and all folders above it are what `walk` asks for.
    private static func isSafe(_ folder: borrowing Descriptor, depth: Int, _ protection: Protection) -> Bool {
        guard depth <= 255 else { return false }
        do throws(SystemError) {
            guard try folder.status().isFolder(protection) else { return false }
            for generation in 0..<depth {
                guard try folder.statusAbove(generation + 1).isFolder(.unchangeable) else { return false }
            }
            return true
        } catch {
            return false
        }
    }

    /// Opens a folder in this one and checks it.
    package func openFolder(
        _ name: [UInt8], _ protection: Protection, isLast: Bool = true
    ) throws(PathProblem) -> Descriptor {
        let opened: Descriptor
        do throws(SystemError) { opened = try open(name, .folder) } catch {
            throw self.problem(error, with: name, isLast: isLast)
        }
        try opened.checkFolder(protection)
        return opened
    }

    /// The same; nil where there is none.
    func openFolder(ifThere name: [UInt8], _ protection: Protection) throws(PathProblem) -> Descriptor? {
        do throws(PathProblem) { return try openFolder(name, protection) } catch {
            if case .missing = error { return nil }
            throw error
        }
    }

    /// Opens a regular file in this folder and checks it: root's, one name only, no forbidden permission.
    ///
    /// A file that has no name any more when it is looked at was replaced between the two calls, by an editor or by
    /// `key rotate`: the one that has its name now is opened.
    @inline(never)
    package func openFile(
        _ name: [UInt8], _ access: Access, _ protection: Protection
    ) throws(PathProblem) -> Descriptor {
        for _ in 0..<3 {
            if let opened = try openNamed(name, access, protection) { return opened }
        }
        throw .unsafe(why: .links)
    }

    /// - Returns: nil for a file that has lost its name meanwhile.
    private func openNamed(
        _ name: [UInt8], _ access: Access, _ protection: Protection
    ) throws(PathProblem) -> Descriptor? {
        let opened: Descriptor
        do throws(SystemError) { opened = try open(name, access) } catch {
            throw problem(error, with: name, isLast: true)
        }
        let status = try opened.checkedStatus()
        guard status.kind == .regular else { throw .unsafe(why: .notAFile) }
        guard status.owner == 0 else { throw .unsafe(why: .owner) }
        guard status.mode & protection.forbidden == 0 else { throw .unsafe(why: .mode) }
        guard status.links <= 1 else { throw .unsafe(why: .links) }
        return status.links == 1 ? consume opened : nil
    }

    private func checkFolder(_ protection: Protection) throws(PathProblem) {
        let status = try checkedStatus()
        guard status.kind == .folder else { throw .unsafe(why: .notAFolder) }
        guard status.owner == 0 else { throw .unsafe(why: .owner) }
        guard status.isFolder(protection) else { throw .unsafe(why: .mode) }
    }

    @inline(never)
    package func checkedStatus() throws(PathProblem) -> FileStatus {
        do throws(SystemError) { return try status() } catch { throw .system(error) }
    }

    /// What an open that failed means; what is really there is looked at, as one errno has several causes.
    @inline(never)
    private func problem(_ error: SystemError, with name: [UInt8], isLast: Bool) -> PathProblem {
        if error == .noEntry { return .missing(last: isLast) }
        guard error == .symbolicLink || error == .notAFolder || error == .isAFolder || error == .noDevice else {
            return .system(error)
        }
        do throws(SystemError) {
            switch try status(of: name).kind {
            case .folder: return .unsafe(why: .notAFile)
            case .regular: return .unsafe(why: .notAFolder)
            case .symbolicLink: return .unsafe(why: .symbolicLink)
            case .socket, .other: return .unsafe(why: .notAFile)
            }
        } catch {
            return .system(error)
        }
    }
}

extension FileStatus {
    /// Whether this is a folder of root's with no permission that must not be.
    fileprivate func isFolder(_ protection: Protection) -> Bool {
        kind == .folder && owner == 0 && mode & protection.forbidden == 0
    }
}

/// Splits an absolute path into its folder and its last component.
package func split(path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return ([], path) }
    return (Array(path[..<slash]), Array(path[(slash + 1)...]))
}

/// Opens the file at an absolute path and checks it and every folder on the way.
package func openChecked(
    _ path: [UInt8], _ access: Descriptor.Access, _ protection: Protection
) throws(PathProblem) -> Descriptor {
    guard isPlainPath(path) else { throw .system(.invalid) }
    let (folder, name) = split(path: path)
    return try Descriptor.walk(to: folder, .unchangeable).openFile(name, access, protection)
}
