internal import ArgumentParser
internal import Commands
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

struct ProvisionCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "provision", abstract: "Enrol many users from a file, without questions.",
        discussion: """
            EXAMPLE
              twostep provision users.txt --into /root/twostep --dry-run
            """)

    @Argument(help: "One user a line; - for standard input.", completion: .file()) var file: String
    @Option(help: ArgumentHelp("The folder for what people need.", valueName: "folder"), completion: .directory)
    var into: String
    @Option(
        help: ArgumentHelp("Put QR codes there, too: png or svg.", valueName: "format"),
        completion: .list(["png", "svg"]))
    var qr: Picture?
    @Flag(help: "Say what would happen, and change nothing.") var dryRun = false
    @OptionGroup var wanted: TokenOptions
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    enum Picture: String, ExpressibleByArgument {
        case png, svg
    }

    /// The largest list, in bytes: room for 100,000 names.
    private static let sizeLimit = 16 << 20

    func validate() throws {
        if wanted.secret != nil { throw ValidationError("--secret is for one user: each gets a key of their own") }
    }

    func run(_ desk: Desk) throws {
        let people = try read()
        let folder = ForeignFile.absolute(into)
        try check(people, desk)
        if !dryRun {
            guard people.contains(where: { $0.outcome == .ready }) else {
                // What would be refused with somebody to enrol is refused now.
                _ = try OutputFolder(folder)
                return try tell(people, desk)
            }
            try Provisioning(desk: desk, wanted: wanted, folder: folder, qr: qr, quiet: json).run(people) {
                try look(at: people, desk)
            }
        }
        try tell(people, desk)
    }

    // MARK: Before

    private func read() throws -> [ProvisionedUser] {
        let bytes = file == "-" ? try readInput() : try readFile()
        var people: [ProvisionedUser] = []
        var lines: [[UInt8]: Int] = [:]
        var errors: [String] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let name = Array(line).trimmed
            guard let first = name.first, first != UInt8(ascii: "#") else { continue }
            if let flaw = ProvisionedUser.flaw(name) {
                errors.append("line \(index + 1): \(flaw)")
            } else if let earlier = lines[name] {
                errors.append("line \(index + 1): \(printable(text(name))) stands in line \(earlier) already")
            } else {
                lines[name] = index + 1
                people.append(ProvisionedUser(name))
            }
        }
        guard errors.isEmpty else {
            let more = errors.count > 20 ? ["and \(errors.count - 20) more"] : []
            throw Failure(
                "\(printable(file)) is no list of users; nothing was changed",
                hint: (errors.prefix(20) + more).joined(separator: "\ntwostep: "), .dataError)
        }
        guard !people.isEmpty else {
            throw Failure("\(printable(file)) names no user", hint: "give one name a line", .dataError)
        }
        return people
    }

    private func readFile() throws(Failure) -> [UInt8] {
        do throws(ForeignFile.Problem) {
            return try ForeignFile(ForeignFile.absolute(file), owner: 0, isSecret: false)
                .read(limit: ProvisionCommand.sizeLimit).array
        } catch {
            let why = if case .refused(let why) = error { why } else { "is not there" }
            throw Failure(
                "\(printable(file)) \(why)", hint: "give a file of root's that nobody else may write, or - ", .dataError
            )
        }
    }

    private func readInput() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= ProvisionCommand.sizeLimit,
            StandardStream.input.readLine(limit: 4096, { bytes.append($0) })
        {
            bytes.append(0x0A)
        }
        guard bytes.count <= ProvisionCommand.sizeLimit else {
            throw Failure("standard input has more than 16 MiB", hint: "give a shorter list", .dataError)
        }
        return bytes
    }

    /// Everybody is looked at before anything is done.
    private func check(_ people: [ProvisionedUser], _ desk: Desk) throws {
        let accounts = try AccountDirectory(expecting: people.count)
        var uids: Set<UInt32> = []
        for person in people {
            guard let account = try accounts.account(name: person.name) else {
                person.fail(Failure.noSuchUser(text(person.name)))
                continue
            }
            guard uids.insert(account.uid).inserted else {
                person.fail(Failure.uidTwice(account.uid))
                continue
            }
            person.account = account
        }
        try look(at: people, desk)
    }

    /// How those stand who may be enrolled.
    private func look(at people: [ProvisionedUser], _ desk: Desk) throws {
        try desk.withStore { (store) throws(StoreError) in
            // A store that cannot be used is nobody's fault.
            _ = try store.enrolledUIDs()
            for person in people where person.outcome == .ready {
                guard let account = person.account, try store.hasFile(account) else { continue }
                if try store.isEnrolled(account) { person.outcome = .already } else { person.isBegun = true }
            }
        }
    }

    // MARK: After

    /// The names are those of the JSON; never a secret.
    private struct Report: Encodable {
        struct User: Encodable {
            let user: String
            let outcome: String
            let error: String?
        }

        let dryRun: Bool
        let users: [User]
        let ready: Int
        let enrolled: Int
        let already: Int
        let failed: Int
    }

    private func tell(_ people: [ProvisionedUser], _ desk: Desk) throws {
        func count(_ outcome: ProvisionedUser.Outcome) -> Int { people.count { $0.outcome == outcome } }
        let isDone = count(.enrolled) > 0
        if json {
            let users = people.map {
                Report.User(user: text($0.name), outcome: $0.outcome.rawValue, error: $0.failure?.message)
            }
            try desk.sayJSON(
                Report(
                    dryRun: dryRun, users: users, ready: count(.ready), enrolled: count(.enrolled),
                    already: count(.already), failed: count(.failed)), isDone: isDone)
        } else {
            for person in people {
                try desk.say(
                    "\(printable(text(person.name))): \(person.outcome.rawValue)"
                        + (person.failure.map { ": \($0.message)" } ?? ""), isDone: isDone)
            }
            try desk.say(
                "users: \(dryRun ? "\(count(.ready)) ready" : "\(count(.enrolled)) enrolled"), "
                    + "\(count(.already)) already enrolled, \(count(.failed)) failed", isDone: isDone)
            if dryRun { try desk.say("nothing was changed: this was a dry run") }
        }
        guard let first = people.first(where: { $0.failure != nil })?.failure else { return }
        throw Failure(
            "\(count(.failed)) of \(people.count) users could not be enrolled",
            hint: "the report says why; nothing was changed for them", first.status)
    }
}
