internal import ArgumentParser
internal import Commands
internal import Crypto
internal import FoundationEssentials
internal import Import
internal import Linux
internal import TwostepCore

struct ImportURICommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "uri", abstract: "Take over otpauth:// addresses, or an app's export.",
        discussion: """
            One address a line, from a file or from standard input. Without --user each
            entry is the user's whose name its account is.

            EXAMPLES
              twostep import uri entries.txt --dry-run
              zbarimg -q --raw export.png | twostep import uri --user alice
            """)

    @Argument(help: "The file; - or nothing for standard input.", completion: .file()) var file: String?
    @Option(help: ArgumentHelp("Whose entries they are.", valueName: "user"), completion: .user) var user: String?
    @Option(help: ArgumentHelp("Only this entry: ISSUER:ACCOUNT, or ACCOUNT.", valueName: "name")) var entry: String?
    @OptionGroup var options: ImportOptions
    @OptionGroup var site: SiteOptions

    func run(_ desk: Desk) throws {
        let account = try user.map(desk.account(of:))
        let entries = try choose(among: read())
        let importing = Importing(source: "uri", options: options, desk: desk)
        if let account {
            return try importing.run([
                ImportedUser(ForeignUser(name: account.name, entries: entries), name: account.name)
            ])
        }
        var users: [(name: [UInt8], entries: [URIFile.Entry])] = []
        var places: [[UInt8]: Int] = [:]
        for entry in entries {
            let place = places[entry.account] ?? users.count
            if place == users.count { users.append((entry.account, [])) }
            places[entry.account] = place
            users[place].entries.append(entry)
        }
        try importing.run(users.map { ImportedUser(ForeignUser(name: $0.name, entries: $0.entries), name: $0.name) })
    }

    private func read() throws -> [URIFile.Entry] {
        let isInput = file == nil || file == "-"
        let content = isInput ? try readInput() : try readAdminsFile(file ?? "", limit: URIFile.sizeLimit)
        let entries: [URIFile.Entry]
        do throws(ImportErrors) { entries = try URIFile.parse(content.bytes) } catch {
            throw Failure(error, file: isInput ? "standard input" : file ?? "")
        }
        guard !entries.isEmpty else {
            throw Failure("there is no entry", hint: "give otpauth:// addresses, one a line", .dataError)
        }
        return entries
    }

    private func readInput() throws -> SecretBytes {
        // Pictures hold 3 KB each; what a pipe has more than this is no export.
        var content = SecretBytes(capacity: 1 << 20)
        var fits = true
        while StandardStream.input.readLine(limit: 16_384, { fits = content.append($0) && fits }) {
            fits = content.append(0x0A) && fits
        }
        guard fits else { throw Failure("standard input has more than 1 MiB", hint: "give a file", .dataError) }
        return content
    }

    /// The entries that are meant. A telephone's export has all of its owner's, also those of banks and shops: which of
    /// them lets somebody in here must be said.
    private func choose(among entries: [URIFile.Entry]) throws -> [URIFile.Entry] {
        let names = Set(entries.map { printable(text($0.name)) }).sorted().prefix(20).joined(separator: ", ")
        guard let entry else {
            if user != nil, entries.count > 1, entries.contains(where: \.isExported) {
                throw Failure(
                    "the export has \(entries.count) entries", hint: "choose with --entry: \(names)", .dataError)
            }
            return entries
        }
        let wanted = Array(entry.utf8)
        let chosen = entries.filter { $0.name == wanted || $0.account == wanted }
        guard chosen.count == 1 else {
            throw Failure(
                "\(chosen.count) entries are called \(printable(entry))", hint: "there are: \(names)", .dataError)
        }
        return chosen
    }
}
