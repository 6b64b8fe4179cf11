internal import ArgumentParser
internal import Commands
internal import Crypto
internal import Doctor
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
            "Where the files are, in single quotes, with ~, ${HOME}, ${USER}, %h, %u as in the module's secret=.",
            valueName: "path"))
    var path: String?
    @OptionGroup var options: ImportOptions
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if all {
            if file != nil || user != nil { throw ValidationError("--all goes without a file and --user") }
        } else if file == nil || user == nil {
            throw ValidationError("give a file and --user, or --all")
        } else if path != nil {
            throw ValidationError("--path goes with --all")
        }
    }

    func run(_ desk: Desk) throws {
        if let file, let user { return try takeOver(file, of: user, desk) }
        let place = try place()
        var importing = Importing(
            source: "google-authenticator", options: options, desk: desk, withoutFile: 0)
        var users: [ImportedUser] = []
        var sharing = SharedFiles()
        for (entry, home) in try accounts() {
            guard let path = place.path(user: entry.name, home: home),
                let found = try read(path, owner: entry.uid, desk)
            else {
                importing.withoutFile = (importing.withoutFile ?? 0) + 1
                continue
            }
            users.append(ImportedUser(found.user, name: entry.name))
            if let file = found.file { sharing.add(file, user: users.count - 1, uid: entry.uid) }
        }
        for shared in sharing.found { share(shared.map { users[$0] }) }
        try importing.run(users)
    }

    private func place() throws(Failure) -> ImportPath {
        guard let path else { return .usual }
        do throws(ImportPath.Problem) { return try ImportPath(path) } catch {
            switch error {
            case .relative:
                throw Failure(
                    "--path takes an absolute path, or one that begins with ~/, ${HOME} or %h",
                    hint: "such as '/etc/2fa/${USER}'", .usage)
            case .unknownWord:
                throw Failure(
                    "--path knows no other words with $ than ${HOME} and ${USER}",
                    hint: "write them with braces, and the path in single quotes: '/etc/2fa/${USER}'", .usage)
            case .sameForAll:
                throw Failure(
                    "--path \(printable(path)) is one file for everybody, who would all get its key",
                    hint: "write ~/, ${HOME}, ${USER}, %h or %u in it, in single quotes, or the shell fills it in",
                    .usage)
            }
        }
    }

    /// Of people whose file is one and the same nobody knows whose it is: none of them gets its key.
    private func share(_ users: [ImportedUser]) {
        let names = users.map { printable(text($0.name)) }
        for user in users {
            user.problem = ImportError("one file is read for \(names.listed): whose key it has, nobody can say")
        }
    }

    private func takeOver(_ file: String, of user: String, _ desk: Desk) throws {
        let account = try desk.account(of: user)
        guard let found = try read(ForeignFile.absolute(file), owner: account.uid, desk) else {
            throw Failure(
                "no file \(printable(file))", hint: "give the path of a .google_authenticator file", .dataError)
        }
        let importing = Importing(source: "google-authenticator", options: options, desk: desk)
        try importing.run([ImportedUser(found.user, name: Array(user.utf8))])
    }

    private func accounts() throws -> [(entry: PasswordEntry, home: [UInt8])] {
        do throws(SystemError) { return try PasswordEntry.all() } catch {
            throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
        }
    }

    /// What a file says, and which it is; what is against it stands in `problem`. Nil where there is none.
    private func read(_ path: [UInt8], owner: UInt32, _ desk: Desk) throws -> (user: ForeignUser, file: FileIdentity?)?
    {
        let now = try desk.readClock()
        var failed = ForeignUser()
        do throws(ForeignFile.Problem) {
            var file: FileIdentity?
            let content = try ForeignFile(path, owner: owner).read(limit: GoogleAuthenticatorFile.sizeLimit) {
                file = $0
            }
            do throws(ImportError) {
                let user = try GoogleAuthenticatorFile.parse(
                    content.bytes, window: desk.configuration.rules.window, now: now)
                return (user, file)
            } catch {
                failed.problem = error
            }
        } catch {
            guard case .refused(let why) = error else { return nil }
            failed.problem = ImportError("\(printable(text(path))) \(why)")
        }
        return (failed, nil)
    }
}
