internal import ArgumentParser
internal import Commands

/// `--config` before the command, where other programs have such options: ArgumentParser does not know it there.
enum MisplacedOption {
    /// What is to be said of a command line that was not understood; nil where something else is wrong with it.
    ///
    /// - Parameter words: without the program's name.
    static func failure(_ words: [String], of program: any ParsableCommand.Type) -> Failure? {
        var command = program
        var names: [String] = []
        var isMisplaced = false
        var words = words[...]
        while let word = words.popFirst() {
            if word == "--config" || word.hasPrefix("--config=") {
                // A command that takes it has it behind its name.
                guard !command.configuration.subcommands.isEmpty else { break }
                isMisplaced = true
                if word == "--config" { _ = words.popFirst() }
            } else if let next = command.subcommand(named: word) {
                command = next
                names.append(word)
            } else {
                break
            }
        }
        guard isMisplaced else { return nil }
        let named = command.configuration.subcommands.isEmpty ? names : names + ["COMMAND"]
        return Failure(
            "--config stands behind the command",
            hint: "so: twostep \(named.joined(separator: " ")) --config FILE; or set TWOSTEP_CONFIG", .usage)
    }
}

extension ParsableCommand {
    /// The command of this name below this one; nil where there is none.
    static func subcommand(named name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0.configuration.commandName == name }
    }
}
