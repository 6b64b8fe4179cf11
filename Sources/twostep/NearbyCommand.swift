internal import ArgumentParser
internal import Commands

/// A command's name with a slip in it: `enrol`.
enum NearbyCommand {
    /// What is to be said of a command line that was not understood; nil where no command has a name like that.
    ///
    /// - Parameter words: without the program's name.
    static func failure(_ words: [String], of program: any ParsableCommand.Type) -> Failure? {
        var command = program
        for word in words {
            if let next = command.subcommand(named: word) {
                command = next
                continue
            }
            let names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
            guard !word.hasPrefix("-"), let near = nearest(word, names) else { return nil }
            return Failure("there is no command '\(printable(word))'", hint: "did you mean '\(near)'?", .usage)
        }
        return nil
    }

    /// The name that is fewest slips away: one of a short word, two of a long one.
    private static func nearest(_ word: String, _ names: [String]) -> String? {
        // What is longer than any name with two slips is none of them; nothing is counted for it.
        guard word.utf8.count <= 32 else { return nil }
        let near = names.map { (name: $0, slips: slips(Array(word.utf8), Array($0.utf8))) }
            .filter { $0.slips <= ($0.name.utf8.count < 5 ? 1 : 2) }
        return near.min { $0.slips < $1.slips }?.name
    }

    /// How many letters are to be put in, taken away or changed (Levenshtein's distance).
    private static func slips(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var next = [index + 1]
            for (column, wanted) in other.enumerated() {
                next.append(min(row[column] + (letter == wanted ? 0 : 1), row[column + 1] + 1, next[column] + 1))
            }
            row = next
        }
        return row.last ?? 0
    }
}
