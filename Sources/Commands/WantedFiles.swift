internal import ArgumentParser
internal import TwostepCore

/// Files that somebody wants filled beside what is shown.
package struct WantedFiles {
    /// Where backup codes go.
    package var sheet: String?
    /// Where the picture of a QR code goes; its ending is one of a `PictureFormat`.
    package var picture: String?
}

/// The pictures there are.
package enum PictureFormat: Sendable {
    case png
    case svg

    /// The format that a path's ending says; nil for any other ending.
    package init?(path: String) {
        let path = path.lowercased()
        if path.hasSuffix(".png") {
            self = .png
        } else if path.hasSuffix(".svg") {
            self = .svg
        } else {
            return nil
        }
    }
}

/// `--save FILE`.
struct SheetOption: ParsableArguments {
    @Option(help: ArgumentHelp("Write the backup codes to this new file, too.", valueName: "file")) var save: String?

    func validate() throws {
        if let save, save.isEmpty || save == "-" { throw ValidationError("--save takes the path of a new file") }
    }

    /// Turns away who wants codes where there are none.
    func check(_ configuration: Configuration) throws(Failure) {
        guard save != nil, configuration.backupCodes == 0 else { return }
        throw Failure("this site gives no backup codes", hint: "leave --save away", .configuration)
    }
}

/// `--qr-file FILE`.
struct PictureOption: ParsableArguments {
    @Option(help: ArgumentHelp("Write the QR code to this new .png or .svg file, too.", valueName: "file"))
    var qrFile: String?

    func validate() throws {
        if let qrFile, PictureFormat(path: qrFile) == nil {
            throw ValidationError("--qr-file takes the path of a new file that ends in .png or .svg")
        }
    }
}
