internal import Commands
internal import Linux

/// The file of the backup codes that an import gives. It is made when the first of them are about to count, and has
/// nobody's codes before they are: what was interrupted earlier leaves none, and can be repeated.
final class CodesFile {
    private static let option = "--backup-codes"

    private let path: String
    private var file: NewFile?
    private var waiting: [UInt8] = []

    /// Looks whether it can be made: whoever is refused learns it before anything is done.
    init(_ path: String) throws(Failure) {
        self.path = path
        let trial = try NewFile.make(path, option: CodesFile.option)
        do throws(SystemError) { try trial.remove() } catch {
            throw Failure(
                "\(printable(path)) cannot be used (\(text(error.name))); nothing was changed",
                hint: "\(CodesFile.option) takes the path of a new file", .cannotCreate)
        }
    }

    /// Keeps a line for the next writing.
    func add(_ line: String) { waiting += Array("\(line)\n".utf8) }

    /// Writes what waits, for good.
    func write() throws(Failure) {
        guard !waiting.isEmpty else { return }
        let file: NewFile
        if let made = self.file { file = made } else { file = try NewFile.make(path, option: CodesFile.option) }
        self.file = file
        let bytes = waiting
        do throws(Failure) { try file.append(bytes.span) } catch {
            if file.isEmpty { do throws(SystemError) { try file.remove() } catch {} }
            throw error
        }
        waiting = []
    }
}
