/// sshd_config as far as it can be read without sshd: for where `sshd -T` does not answer.
package struct SSHDFile {
    /// Who logs in, as far as a `Match` line may ask.
    package struct Login: Hashable, Sendable {
        package let user: String
        package let address: String

        package init(user: String, address: String) {
            self.user = user
            self.address = address
        }
    }

    private let login: Login
    /// The files that an `Include` names, by its pattern.
    private let included: (String) -> [String]
    private var general: [String: String] = [:]
    /// What `Match` blocks say that match: it goes before what is said outside of them.
    private var special: [String: String] = [:]
    private static let depth = 16

    /// What a file says for a login. Of a setting that comes again, the first
    /// counts, and those of `Match` blocks before the others; a `Match` line that asks for what is
    /// not known here does not match.
    package static func read(
        _ text: String, for login: Login, included: @escaping (String) -> [String]
    ) -> SSHDSettings {
        var file = SSHDFile(login: login, included: included)
        file.read(text, depth: 0, isSpecial: false)
        return SSHDSettings(file.general.merging(file.special) { $1 })
    }

    /// The users whom `Match User` lines name by name.
    package static func namedUsers(_ text: String) -> [String] {
        var users: [String] = []
        for words in lines(of: text) where words.first?.lowercased() == "match" {
            for (criterion, pattern) in zip(words.dropFirst(), words.dropFirst(2))
            where criterion.lowercased() == "user" {
                users += pattern.split(separator: ",").map(String.init).filter { !$0.contains { "*?!".contains($0) } }
            }
        }
        return users
    }

    private init(login: Login, included: @escaping (String) -> [String]) {
        self.login = login
        self.included = included
    }

    private mutating func read(_ text: String, depth: Int, isSpecial: Bool) {
        var applies = true
        var isSpecial = isSpecial
        for words in SSHDFile.lines(of: text) {
            let name = words[0].lowercased()
            if name == "match" {
                applies = matches(Array(words.dropFirst()))
                isSpecial = true
            } else if name == "include", applies, depth < SSHDFile.depth {
                for pattern in words.dropFirst() {
                    for text in included(pattern) { read(text, depth: depth + 1, isSpecial: isSpecial) }
                }
            } else if applies {
                let value = words.dropFirst().joined(separator: " ")
                if isSpecial {
                    special[name] = special[name] ?? value
                } else {
                    general[name] = general[name] ?? value
                }
            }
        }
    }

    /// The words of each line: the name, and its values; quotes and comments taken away.
    private static func lines(of text: String) -> [[String]] {
        text.split(separator: "\n").compactMap { line in
            var words: [String] = []
            var word = ""
            var isQuoted = false
            for character in line {
                if character == "\"" {
                    isQuoted.toggle()
                } else if character == "#", !isQuoted, word.isEmpty {
                    break
                } else if !isQuoted, character.isWhitespace || character == "=" && words.isEmpty {
                    if !word.isEmpty { words.append(word) }
                    word = ""
                } else {
                    word.append(character)
                }
            }
            if !word.isEmpty { words.append(word) }
            if words.count > 1, words[1] == "=" { words.remove(at: 1) }
            return words.isEmpty ? nil : words
        }
    }

    private func matches(_ criteria: [String]) -> Bool {
        if criteria.first?.lowercased() == "all" { return true }
        guard criteria.count >= 2, criteria.count % 2 == 0 else { return false }
        for index in stride(from: 0, to: criteria.count, by: 2) {
            let patterns = criteria[index + 1].split(separator: ",").map(String.init)
            let matches =
                switch criteria[index].lowercased() {
                case "user": SSHDFile.matches(login.user, patterns)
                case "address": SSHDFile.matches(login.address, patterns)
                default: false
                }
            guard matches else { return false }
        }
        return true
    }

    /// Whether a list of patterns, of which those with `!` exclude, takes a text.
    private static func matches(_ text: String, _ patterns: [String]) -> Bool {
        var isTaken = false
        for pattern in patterns {
            if pattern.hasPrefix("!") {
                if matches(Array(text), Array(pattern.dropFirst())) { return false }
            } else if matches(Array(text), Array(pattern)) {
                isTaken = true
            }
        }
        return isTaken
    }

    private static func matches(_ text: [Character], _ pattern: [Character]) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = Array(pattern.dropFirst())
        if first == "*" { return (0...text.count).contains { matches(Array(text[$0...]), rest) } }
        guard let character = text.first else { return false }
        return (first == "?" || first == character) && matches(Array(text.dropFirst()), rest)
    }
}
