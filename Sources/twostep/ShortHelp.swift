/// Help that fits a screen of 80 by 24: what ArgumentParser writes, without what every command has alike and with its
/// options named once. Anything else (a version, a completion script) stays as it is.
func shortened(_ help: String) -> String {
    let title = "OVERVIEW: "
    guard help.hasPrefix(title) else { return help }
    var lines: [Substring] = []
    for line in help.dropFirst(title.count).split(separator: "\n", omittingEmptySubsequences: false) {
        if isKnownAnyway(line) { continue }
        // One empty line, before the usage; the headings part the others.
        if line.isEmpty, lines.last?.isEmpty != false || lines.contains(where: { $0.hasPrefix("USAGE: ") }) { continue }
        lines.append(line.hasPrefix("USAGE: ") ? usage(line) : line)
    }
    if let heading = lines.firstIndex(of: "SUBCOMMANDS:") {
        let commands = compact(lines[(heading + 1)...])
        // All that a group of commands takes besides is known anyway.
        lines = lines[..<heading].filter { $0 != "OPTIONS:" } + ["SUBCOMMANDS:"] + commands
    }
    // What can be done without, one after the other, until it fits.
    for heading in ["", "SUBCOMMANDS:"] where lines.count > 23 { lines.removeAll { $0 == heading } }
    return lines.map { $0 + "\n" }.joined()
}

/// A list of names and what they do, each on a line of its own where that fits.
private func compact(_ lines: ArraySlice<Substring>) -> [Substring] {
    var entries: [(name: Substring, text: String)] = []
    for line in lines {
        let words = line.split(separator: " ")
        if line.hasPrefix("   "), let last = entries.popLast() {
            entries.append((last.name, ([Substring(last.text)] + words).joined(separator: " ")))
        } else if let name = words.first {
            entries.append((name, words.dropFirst().joined(separator: " ")))
        }
    }
    let width = (entries.map(\.name.count).max() ?? 0) + 2
    return entries.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))\($0.text)" }
}

private func isKnownAnyway(_ line: Substring) -> Bool {
    let beginnings = ["  --version ", "  -h, --help ", "  See 'twostep help "]
    return beginnings.contains(where: line.hasPrefix)
}

/// The usage without the options that may be left away: each has a line below.
private func usage(_ line: Substring) -> Substring {
    var kept: [Substring] = []
    var isWithin = false
    for word in line.split(separator: " ") {
        if word.hasPrefix("[--") { isWithin = true }
        if !isWithin { kept.append(word) }
        if word.hasSuffix("]") || word.hasSuffix("]...") { isWithin = false }
    }
    return Substring((kept + (line.contains("[--") ? ["[<options>]"] : [])).joined(separator: " "))
}
