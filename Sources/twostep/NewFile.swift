internal import Commands
internal import Crypto
internal import FoundationEssentials
internal import Linux

/// A new file for the eyes of whoever runs the tool: never in the place of another, and gone again where what is in it
/// never came to count.
final class NewFile {
    /// As it was named, fit to be shown.
    let name: String
    private let place: ForeignFile.Place
    private let file: Descriptor
    private var size: Int64 = 0

    /// Makes the file, empty.
    ///
    /// - Parameter option: what names it.
    static func make(_ path: String, option: String) throws(Failure) -> NewFile {
        do throws(SystemError) {
            let place = try place(of: path)
            let file = try place.folder.open(place.name, .create(mode: 0o600))
            return NewFile(printable(path), place, file)
        } catch {
            throw Failure(
                "\(printable(path)) \(why(error)); nothing was changed",
                hint: "\(option) takes the path of a new file", .cannotCreate)
        }
    }

    private init(_ name: String, _ place: consuming ForeignFile.Place, _ file: consuming Descriptor) {
        self.name = name
        self.place = place
        self.file = file
    }

    /// Links of others could lead root astray; people's own lead where they want, also through folders that they may
    /// walk and not read.
    private static func place(of path: String) throws(SystemError) -> ForeignFile.Place {
        let path = ForeignFile.absolute(path)
        guard effectiveUserID() != 0, let slash = path.lastIndex(of: 0x2F) else {
            return try ForeignFile.place(of: path)
        }
        let above = try resolvePath(slash > 0 ? Array(path[..<slash]) : [0x2F])
        guard let folder = Descriptor.folderWithoutLinks(at: above) else {
            return try ForeignFile.place(of: above + path[slash...])
        }
        return ForeignFile.Place(folder: folder, name: Array(path[(slash + 1)...]))
    }

    private static func why(_ error: SystemError) -> String {
        switch error {
        case .exists: "is there already"
        case .isAFolder, .invalid: "is no name of a file"
        case .symbolicLink: "is a symbolic link, or a folder above it is one"
        case .noEntry, .notAFolder: "is in no folder that is there"
        default: "cannot be made (\(text(error.name)))"
        }
    }

    var isEmpty: Bool { size == 0 }

    /// Adds to the file; what is there when this returns stays through a crash.
    func append(_ bytes: Span<UInt8>) throws(Failure) {
        do throws(SystemError) {
            try file.setMode(0o600)
            try file.write(bytes, at: size)
            size += Int64(bytes.count)
            try file.sync()
            try place.folder.sync()
        } catch {
            throw Failure(
                "\(name) cannot be written (\(text(error.name))); nothing was changed",
                hint: "make room, and start again", .inputOutput)
        }
    }

    /// Removes the file, where its name is still its own.
    func remove() throws(SystemError) {
        let (mine, there) = (try file.status(), try place.folder.status(of: place.name))
        guard mine.inode == there.inode, mine.device == there.device else { throw .noEntry }
        try place.folder.remove(place.name)
    }
}
