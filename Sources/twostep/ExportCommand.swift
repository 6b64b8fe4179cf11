internal import ArgumentParser
internal import Commands
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

struct ExportCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the keys of tokens in the clear, to move elsewhere.",
        discussion: """
            EXAMPLES
              twostep export --all --to entries.txt
              twostep export alice --format oath --to alice.oath
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case uri, oath
    }

    @Argument(help: "The users.", completion: .user) var users: [String] = []
    @Flag(help: "Everybody who is enrolled.") var all = false
    @Option(help: ArgumentHelp("The new file; - for standard output.", valueName: "file"), completion: .file())
    var to: String
    @Option(help: ArgumentHelp("uri (otpauth:// addresses) or oath (a users file of pam_oath).", valueName: "format"))
    var format = Format.uri
    @Flag(help: "Do not ask whether the keys are to be written in the clear.") var secrets = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if all != users.isEmpty { throw ValidationError("give users, or --all") }
        if to.isEmpty { throw ValidationError("--to takes the path of a new file, or -") }
        if json, to == "-" { throw ValidationError("--to - does not go with --json: give a file") }
    }

    func run(_ desk: Desk) throws {
        var people = try accounts(desk)
        try confirm(people.count, desk)
        let writer = ExportWriter(format: format, issuer: desk.siteName)
        var content: [UInt8] = []
        try desk.withStore { (store) throws(StoreError) in
            let progress = Progress("users", of: people.count, quiet: json)
            for index in people.indices {
                people[index].read(store, writer, into: &content)
                progress.step()
            }
            progress.end()
        }
        if people.count == 1, let error = people[0].error { throw Failure(error, people[0].name) }
        try write(content, of: people, desk)
        try tell(people, desk)
    }

    private func accounts(_ desk: Desk) throws -> [ExportedUser] {
        guard all else { return try users.map { ExportedUser(try desk.account(of: $0)) } }
        let uids = try desk.withStore { (store) throws(StoreError) in try store.enrolledUIDs() }
        let directory = try AccountDirectory(expecting: uids.count)
        return try uids.map { uid in
            guard let account = try directory.account(uid: uid) else {
                var lost = ExportedUser(Account(uid: uid, name: Array("\(uid)".utf8)))
                lost.error = "no-account"
                return lost
            }
            return ExportedUser(account)
        }
    }

    /// Nobody writes keys in the clear by mistake.
    private func confirm(_ count: Int, _ desk: Desk) throws {
        guard !secrets else { return }
        guard StandardStream.input.isTerminal else {
            throw Failure(
                "this writes keys in the clear; nothing was written", hint: "if it is meant, say --secrets", .usage)
        }
        desk.sayOnError("This writes the keys of \(count) \(count == 1 ? "user" : "users") in the clear.")
        guard let answer = desk.console.ask("Type \"export\" to go on: ", echo: true, always: true),
            answer.array.trimmed.equals("export")
        else { throw Failure("nothing was written", hint: "start again", .dataError) }
    }

    /// What leaves is known before it leaves: a line of the log of each, then the keys.
    private func write(_ content: [UInt8], of people: [ExportedUser], _ desk: Desk) throws {
        guard to != "-" else {
            for person in people { log(person, desk) }
            return try desk.write(content)
        }
        // From here on no signal ends this with half a file.
        let signals: Interruptions
        do throws(SystemError) { signals = try Interruptions() } catch {
            throw Failure("nothing can be written (\(text(error.name)))", hint: "try again", .unavailable)
        }
        defer { withExtendedLifetime(signals) {} }
        let file = try NewFile.make(to, option: "--to")
        for person in people { log(person, desk) }
        do throws(Failure) { try file.append(content.span) } catch {
            do throws(SystemError) { try file.remove() } catch {
                throw Failure(
                    "\(file.name) is half written, and cannot be removed (\(text(error.name)))",
                    hint: "it may hold keys in the clear: remove it", .inputOutput)
            }
            throw error
        }
    }

    private func log(_ person: ExportedUser, _ desk: Desk) {
        guard person.tokens > 0 else { return }
        var event = ToolEvent(.exported, person.account, desk)
        event.add("format", Array(format.rawValue.utf8))
        event.log()
    }

    // MARK: Words

    /// The names are those of the JSON.
    private struct Report: Encodable {
        struct User: Encodable {
            let user: String
            let tokens: Int
            let notExported: [String]
            var error: String?
        }

        let users: [User]
        let tokens: Int
        let failed: Int
    }

    private func tell(_ people: [ExportedUser], _ desk: Desk) throws {
        let failed = people.count { $0.error != nil }
        if json {
            let users = people.map {
                Report.User(user: $0.name, tokens: $0.tokens, notExported: $0.notExported, error: $0.error)
            }
            try desk.sayJSON(
                Report(users: users, tokens: people.reduce(0) { $0 + $1.tokens }, failed: failed), isDone: true)
        } else {
            for person in people {
                for line in person.notExported {
                    desk.sayOnError("\(printable(person.name)): not exported: \(printable(line))")
                }
                if let error = person.error { desk.sayOnError("\(printable(person.name)): failed: \(error)") }
            }
            let count = people.reduce(0) { $0 + $1.tokens }
            let users = people.count - failed
            desk.sayOnError("tokens: \(count), of \(users) \(users == 1 ? "user" : "users")")
        }
        guard failed > 0 else { return }
        throw Failure(
            "\(failed) of \(people.count) users could not be exported", hint: "the lines above say why", .dataError)
    }
}

extension Failure {
    fileprivate init(_ error: String, _ name: String) {
        self.init(
            "\(printable(name)) cannot be exported: \(error)", hint: "look with: twostep status \(printable(name))",
            .dataError)
    }
}
