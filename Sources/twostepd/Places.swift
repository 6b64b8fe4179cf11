internal import Linux
internal import TwostepCore
internal import Vault

/// How many connections one user may have at a time, so that nobody takes them all: each has 16 places, and a place is a
/// lock on one byte of a file, which goes with the process that has it.
enum Places {
    static let perUser = 16
    private static var folder: [UInt8] { [UInt8](text: "/run/twostep") }
    private static var name: [UInt8] { [UInt8](text: "places") }

    /// Takes a place for the user, until this process ends. Root needs none.
    ///
    /// - Returns: false where the user has none left.
    /// - Throws: where nobody can have any, since the file cannot be had.
    static func take(for uid: UInt32) throws(PathProblem) -> Bool {
        guard uid != 0 else { return true }
        let file = try openFile()
        for place in 0..<perUser {
            let byte = Int64(uid) * Int64(perUser) + Int64(place)
            do throws(SystemError) {
                if try file.lockByteForLife(at: byte) { return true }
            } catch {
                throw .system(error)
            }
        }
        return false
    }

    private static func openFile() throws(PathProblem) -> Descriptor {
        let folder = try Descriptor.walk(to: folder, .unchangeable)
        do throws(SystemError) { return try folder.open(name, .create(mode: 0o600)) } catch {
            guard error == .exists else { throw .system(error) }
        }
        return try folder.openFile(name, .readWrite, .secret)
    }
}
