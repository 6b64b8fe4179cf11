internal import ArgumentParser
internal import Commands
internal import FoundationEssentials

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over the second step that people have elsewhere.",
        discussion: """
            People keep their authenticator entries. Each form says what it takes over,
            what not, and why; with --dry-run it says so and changes nothing.

            EXAMPLES
              twostep import google-authenticator --all --dry-run
              twostep import oath /etc/users.oath
              twostep import uri entries.txt --user alice
            """,
        subcommands: [ImportGoogleAuthenticatorCommand.self, ImportOATHCommand.self, ImportURICommand.self])
}

/// What all forms of `import` take.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Say what would happen, and change nothing.") var dryRun = false
    @Flag(help: "Put the imported tokens in place of those that an enrolled user has.") var replace = false
    @Option(
        help: ArgumentHelp("Give new backup codes, in this new file; - prints them.", valueName: "file"),
        completion: .file())
    var backupCodes: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if backupCodes == "" { throw ValidationError("--backup-codes takes the path of a new file, or -") }
        if json, backupCodes == "-" { throw ValidationError("--backup-codes - does not go with --json: give a file") }
    }
}

/// What became of everybody. The names are those of the JSON; never a secret.
struct ImportReport: Encodable {
    struct Line: Encodable {
        let name: String
        let text: String
    }

    struct User: Encodable {
        let user: String
        /// `ready` in a dry run, `imported`, `failed`.
        let outcome: String
        let carriedOver: [Line]
        let notCarriedOver: [Line]
        var error: String?
    }

    let dryRun: Bool
    var users: [User] = []
    /// Accounts that were looked at and have no file; with `--all` only.
    var withoutFile: Int?

    /// The outcomes' numbers are told too.
    private enum CodingKeys: String, CodingKey {
        case dryRun, users, withoutFile, ready, imported, failed
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(dryRun, forKey: .dryRun)
        try container.encode(users, forKey: .users)
        try container.encodeIfPresent(withoutFile, forKey: .withoutFile)
        try container.encode(count("ready"), forKey: .ready)
        try container.encode(count("imported"), forKey: .imported)
        try container.encode(count("failed"), forKey: .failed)
    }

    func count(_ outcome: String) -> Int { users.count { $0.outcome == outcome } }

    /// The lines for people, which fit on a screen of 80 columns.
    var lines: [String] {
        var lines: [String] = []
        for user in users {
            lines.append("\(printable(user.user)): \(user.outcome)" + (user.error.map { ": \($0)" } ?? ""))
            for line in user.carriedOver { lines += ImportReport.lines("carried over", line) }
            for line in user.notCarriedOver { lines += ImportReport.lines("not carried over", line) }
        }
        let outcomes = [dryRun ? "ready" : "imported", "failed"].map { "\(count($0)) \($0)" }.joined(separator: ", ")
        lines.append("users: " + outcomes + (withoutFile.map { ", \($0) accounts without a file" } ?? ""))
        if dryRun { lines.append("nothing was changed: this was a dry run") }
        return lines
    }

    private static func lines(_ head: String, _ line: Line) -> [String] {
        wrapped(line.text, head: "  \(head): ", indent: "    ", width: 80)
    }
}
