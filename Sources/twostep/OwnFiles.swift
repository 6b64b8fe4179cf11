internal import Commands
internal import Crypto
internal import Linux

/// The files that somebody wants filled by a command: made before anything is asked, so that a path that will not do is
/// told at once.
struct OwnFiles {
    private let sheet: NewFile?
    private let picture: NewFile?
    private let format: PictureFormat?

    init() { (sheet, picture, format) = (nil, nil, nil) }

    private init(sheet: NewFile?, picture: NewFile?, format: PictureFormat?) {
        (self.sheet, self.picture, self.format) = (sheet, picture, format)
    }

    /// Makes the files that are wanted: all, or none.
    static func make(_ wanted: WantedFiles) throws(Failure) -> OwnFiles {
        var sheet: NewFile?
        if let path = wanted.sheet { sheet = try NewFile.make(path, option: "--save") }
        guard let path = wanted.picture, let format = PictureFormat(path: path) else {
            return OwnFiles(sheet: sheet, picture: nil, format: nil)
        }
        do throws(Failure) {
            return OwnFiles(sheet: sheet, picture: try NewFile.make(path, option: "--qr-file"), format: format)
        } catch {
            _ = OwnFiles(sheet: sheet, picture: nil, format: nil).settle(.nothingChanged)
            throw error
        }
    }

    /// Puts backup codes into their file.
    ///
    /// - Returns: what to say about it; nil where nobody wants them in one.
    func keep(_ codes: [UInt8]) throws(Failure) -> String? {
        guard let sheet else { return nil }
        try sheet.append(codes.span)
        return "the codes are in \(sheet.name) as well, for your eyes alone"
    }

    /// Puts the picture of an address into its file.
    func keep(picture address: borrowing SecretBytes) throws(Failure) {
        guard let picture, let format, picture.isEmpty else { return }
        let content = try PictureFile(format: format).content(address)
        try picture.append(content.bytes)
    }

    /// How the command ended.
    enum End {
        case done
        case nothingChanged
        /// It may have been done.
        case inDoubt
    }

    /// Takes back what came to nothing.
    ///
    /// - Returns: what to say.
    func settle(_ end: End) -> [String] {
        var lines: [String] = []
        for file in [sheet, picture] {
            guard let file else { continue }
            if end == .nothingChanged || file.isEmpty {
                lines += takeBack(file)
            } else if end == .inDoubt {
                lines += ["\(file.name) was left there, and may be worth nothing"]
            } else if file === picture {
                lines += ["\(file.name) is the key", "remove it when it has been scanned"]
            }
        }
        return lines
    }

    private func takeBack(_ file: NewFile) -> [String] {
        do throws(SystemError) { try file.remove() } catch {
            guard error != .noEntry else { return [] }
            return [
                "\(file.name) could not be removed (\(text(error.name)))", "remove it: what is in it never counted",
            ]
        }
        return file.isEmpty ? [] : ["\(file.name) was removed: what was in it never counted"]
    }
}
