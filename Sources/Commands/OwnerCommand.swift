package import ArgumentParser

/// A command of the tool.
package protocol DeskCommand: ParsableCommand {
    /// `--config`, which is root's alone.
    var site: SiteOptions { get }
    /// Root's desk.
    func desk(at console: any Console) throws -> Desk
    func run(_ desk: Desk) throws
}

extension DeskCommand {
    package func desk(at console: any Console) throws -> Desk { try site.desk(at: console) }
}

/// A command that owners may run for themselves as well: in the tool where root runs it, in the service for everybody
/// else.
package protocol OwnerCommand: DeskCommand {
    /// The command as an owner asks the service for it: its words, its options, and behind `--` its arguments.
    ///
    /// - Throws: what an owner may not ask for.
    func request() throws -> [String]
    /// Whether the password must be confirmed first: not where somebody looks at what is no secret, of themselves.
    var needsPassword: Bool { get }
    /// Whether a file is named, which the client reads and the service never opens.
    var namesFile: Bool { get }
    /// Files of one's own that are to be filled on the way. They are the client's: the service never hears of them.
    var wantedFiles: WantedFiles { get }
    /// Whether files of the store appear or go, beside being written.
    var makesFiles: Bool { get }
}

extension OwnerCommand {
    package var needsPassword: Bool { true }
    package var namesFile: Bool { false }
    package var makesFiles: Bool { false }
    package var wantedFiles: WantedFiles { WantedFiles() }
}

/// What the service understands.
package struct OwnerCommands: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "twostep", abstract: "What owners may do for themselves.",
        subcommands: OwnerCommands.all)

    package static var all: [any ParsableCommand.Type] {
        [
            EnrollCommand.self, StatusCommand.self, BackupCodesCommand.self, TokenCommand.self, DisableCommand.self,
            ContactCommand.self,
        ]
    }

    package init() {}

    /// - Throws: what ArgumentParser has against the words, or `noneOfThese`.
    package static func parse(request words: [String]) throws -> any OwnerCommand {
        // A label of an owner's comes before root's eyes as well.
        guard words.allSatisfy({ printable($0) == $0 }) else {
            throw Failure("that cannot be shown", hint: "use letters, digits, signs and spaces", .usage)
        }
        guard let command = try parseAsRoot(words) as? any OwnerCommand else { throw Failure.notACommand }
        // Who says more than a client does is not understood half.
        guard command.site.config == nil, !command.namesFile, try command.request() == words else {
            throw Failure.notACommand
        }
        return command
    }
}

extension Failure {
    static let notACommand = Failure(
        "the service does not know this command", hint: "are tool and service of one version?", .usage)
}
