internal import ArgumentParser
internal import Commands
internal import Crypto
internal import Import
internal import Linux
internal import TwostepCore

struct ImportOATHCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "oath", abstract: "Take over a users file of pam_oath.",
        discussion: """
            EXAMPLES
              twostep import oath /etc/users.oath --dry-run
              twostep import oath /etc/users.oath --backup-codes codes.txt
            """)

    @Argument(help: "The file, users.oath.", completion: .file()) var file: String
    @OptionGroup var options: ImportOptions
    @OptionGroup var site: SiteOptions

    func run(_ desk: Desk) throws {
        let content = try readAdminsFile(file, limit: OATHUsersFile.sizeLimit)
        let crypto: Libcrypto
        do throws(CryptoError) { crypto = try Libcrypto.load() } catch {
            throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
        }
        let now = try desk.readClock()
        let users: [ForeignUser]
        do throws(ImportErrors) {
            users = try OATHUsersFile.parse(content.bytes, now: now, crypto: crypto)
        } catch {
            throw Failure(error, file: file)
        }
        guard !users.isEmpty else {
            throw Failure("\(printable(file)) names no user", hint: "give the users file of pam_oath", .dataError)
        }
        let importing = Importing(source: "oath", options: options, desk: desk)
        try importing.run(users.map { ImportedUser($0, name: $0.name) })
    }
}

/// The content of a file that an administrator names: root's, since whoever can write it says what lets people in.
func readAdminsFile(_ file: String, limit: Int) throws(Failure) -> SecretBytes {
    do throws(ForeignFile.Problem) {
        return try ForeignFile(ForeignFile.absolute(file), owner: 0).read(limit: limit)
    } catch {
        let why = if case .refused(let why) = error { why } else { "is not there" }
        throw Failure(
            "\(printable(file)) \(why)", hint: "give a file of root's, with chmod 600, by a path without links",
            .dataError)
    }
}

extension Failure {
    /// All that is wrong with a file, but no more than a screen of it.
    init(_ errors: ImportErrors, file: String) {
        let shown = errors.errors.prefix(20).map(\.message)
        let more = errors.errors.count > shown.count ? ["and \(errors.errors.count - shown.count) more"] : []
        self.init(
            "\(printable(file)) cannot be imported; nothing was changed",
            hint: (shown + more).joined(separator: "\ntwostep: "), .dataError)
    }
}
