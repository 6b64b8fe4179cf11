internal import ArgumentParser
internal import Commands
internal import Crypto
internal import Import
internal import Linux
internal import TwostepCore

struct ImportGoogleAuthenticatorCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "google-authenticator", abstract: "Take over a .google_authenticator file, or everybody's.",
        discussion: """
            EXAMPLES
              twostep import google-authenticator --all --dry-run
              twostep import google-authenticator --all --backup-codes codes.txt
              twostep import google-authenticator --all --path '/etc/2fa/${USER}'
              twostep import google-authenticator .google_authenticator --user alice
            """)

    @Argument(help: "The file.", completion: .file()) var file: String?
    @Option(help: ArgumentHelp("Whose it is.", valueName: "user"), completion: .user) var user: String?
    @Flag(help: "Take over the file of every account that has one.") var all = false
    @Option(
        help: ArgumentHelp(
            "Where the files are, with ~, ${HOME}, ${USER}, %h and %u as in the module's secret= (with --all).",
            valueName: "path"))
    var path: String?
    @OptionGroup var options: ImportOptions
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if all {
            if file != nil || user != nil { throw ValidationError("--all goes without a file and --user") }
            if let path, ImportPath(path) == nil {
                throw ValidationError("--path takes an absolute path, or one that begins with ~/, ${HOME} or %h")
            }
        } else if file == nil || user == nil {
            throw ValidationError("give a file and --user, or --all")
        } else if path != nil {
            throw ValidationError("--path goes with --all")
        }
    }

    func run(_ desk: Desk) throws {
        if let file, let user { return try takeOver(file, of: user, desk) }
        var importing = Importing(
            source: "google-authenticator", options: options, desk: desk, withoutFile: 0)
        let place = ImportPath(path ?? "~/.google_authenticator") ?? ImportPath.usual
        var users: [ImportedUser] = []
        for (entry, home) in try accounts() {
            guard let path = place.path(user: entry.name, home: home),
                let foreign = try read(path, owner: entry.uid, desk)
            else {
                importing.withoutFile = (importing.withoutFile ?? 0) + 1
                continue
            }
            users.append(ImportedUser(foreign, name: entry.name))
        }
        try importing.run(users)
    }

    private func takeOver(_ file: String, of user: String, _ desk: Desk) throws {
        let account = try desk.account(of: user)
        guard let foreign = try read(ForeignFile.absolute(file), owner: account.uid, desk) else {
            throw Failure(
                "no file \(printable(file))", hint: "give the path of a .google_authenticator file", .dataError)
        }
        let importing = Importing(source: "google-authenticator", options: options, desk: desk)
        try importing.run([ImportedUser(foreign, name: Array(user.utf8))])
    }

    private func accounts() throws -> [(entry: PasswordEntry, home: [UInt8])] {
        do throws(SystemError) { return try PasswordEntry.all() } catch {
            throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
        }
    }

    /// What a file says; what is against it stands in `problem`. Nil where there is none.
    private func read(_ path: [UInt8], owner: UInt32, _ desk: Desk) throws -> ForeignUser? {
        let now = try desk.readClock()
        var failed = ForeignUser()
        do throws(ForeignFile.Problem) {
            let content = try ForeignFile(path, owner: owner).read(limit: GoogleAuthenticatorFile.sizeLimit)
            do throws(ImportError) {
                return try GoogleAuthenticatorFile.parse(
                    content.bytes, window: desk.configuration.rules.window, now: now)
            } catch {
                failed.problem = error
            }
        } catch {
            guard case .refused(let why) = error else { return nil }
            failed.problem = ImportError("\(printable(text(path))) \(why)")
        }
        return failed
    }
}

/// Where a site keeps its `.google_authenticator` files, in the words of pam_google_authenticator's `secret=`.
struct ImportPath {
    private let pattern: [UInt8]

    static let usual = ImportPath(checked: [UInt8](text: "${HOME}/.google_authenticator"))

    private init(checked pattern: [UInt8]) { self.pattern = pattern }

    /// - Returns: nil for what is no absolute path in the end.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let path = bytes.starts(with: "~/".utf8) ? Array("${HOME}".utf8) + bytes.dropFirst() : bytes
        guard path.first == 0x2F || path.starts(with: "${HOME}".utf8) || path.starts(with: "%h".utf8) else {
            return nil
        }
        pattern = path
    }

    /// A user's path; nil where the account has no home folder and the path is in it.
    func path(user: [UInt8], home: [UInt8]) -> [UInt8]? {
        var path: [UInt8] = []
        var rest = pattern[...]
        while let first = rest.first {
            if rest.starts(with: "${HOME}".utf8) || rest.starts(with: "%h".utf8) {
                guard home.first == 0x2F else { return nil }
                path += home
                rest = rest.dropFirst(first == 0x25 ? 2 : 7)
            } else if rest.starts(with: "${USER}".utf8) || rest.starts(with: "%u".utf8) {
                path += user
                rest = rest.dropFirst(first == 0x25 ? 2 : 7)
            } else {
                path.append(first)
                rest = rest.dropFirst()
            }
        }
        return path
    }
}
