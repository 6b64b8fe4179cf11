/// What docs/protocol.md says of owners' commands, read a second time.
extension ByDocument {
    enum CommandReading: Equatable {
        case words([[UInt8]])
        case malformed
        case otherVersion
    }

    /// The payload of a frame `command`.
    static func command(_ payload: [UInt8]) -> CommandReading {
        guard payload.count >= 2 else { return .malformed }
        guard payload[0] == 0, payload[1] == 1 else { return .otherVersion }
        guard payload.count >= 3, payload[2] >= 1, payload[2] <= 16 else { return .malformed }
        var words: [[UInt8]] = []
        var rest = Array(payload.dropFirst(3))
        while words.count < payload[2] {
            guard rest.count >= 2 else { return .malformed }
            let count = Int(rest[0]) * 256 + Int(rest[1])
            let word = Array(rest.dropFirst(2).prefix(count))
            guard word.count == count, isWord(word) else { return .malformed }
            words.append(word)
            rest = Array(rest.dropFirst(2 + count))
        }
        return rest.isEmpty ? .words(words) : .malformed
    }

    /// Whether bytes are a word: not too long, UTF-8 without a zero.
    static func isWord(_ bytes: [UInt8]) -> Bool { bytes.count <= 1024 && !bytes.contains(0) && isUTF8(bytes) }

    /// RFC 3629, section 4, by its table.
    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let first = rest.popFirst() {
            let second: ClosedRange<UInt8>
            let tails: Int
            switch first {
            case 0...0x7F: continue
            case 0xC2...0xDF: (second, tails) = (0x80...0xBF, 0)
            case 0xE0: (second, tails) = (0xA0...0xBF, 1)
            case 0xED: (second, tails) = (0x80...0x9F, 1)
            case 0xE1...0xEF: (second, tails) = (0x80...0xBF, 1)
            case 0xF0: (second, tails) = (0x90...0xBF, 2)
            case 0xF1...0xF3: (second, tails) = (0x80...0xBF, 2)
            case 0xF4: (second, tails) = (0x80...0x8F, 2)
            default: return false
            }
            guard let next = rest.popFirst(), second.contains(next) else { return false }
            for _ in 0..<tails {
                guard let next = rest.popFirst(), (0x80...0xBF).contains(next) else { return false }
            }
        }
        return true
    }

    /// What a list of words is to the service.
    enum Meaning: Equatable {
        case command
        /// As long as a key or a label in it is one.
        case commandIfValid
        case none
    }

    /// The table of commands: the options that may stand there, in their order; and how many arguments there are.
    private static let table: [([String], options: [String], arguments: ClosedRange<Int>)] = [
        (["status"], ["--json"], 0...1),
        (["enroll"], ["--label="], 0...1),
        (["backup-codes"], ["--regenerate"], 0...1),
        (["backup-codes"], ["--json"], 0...1),
        (["token", "add"], ["--ssh-key=", "--label=", "--json"], 0...1),
        (["token", "remove"], ["--json"], 1...2),
        (["token", "rename"], ["--json"], 2...3),
        (["token", "resync"], ["--json"], 1...2),
        (["disable"], ["--json"], 0...1),
        (["contact"], ["--set=", "--json"], 0...1),
        (["contact"], ["--verify", "--json"], 0...1),
        (["contact"], ["--questions", "--json"], 0...1),
        (["contact"], ["--questions", "--echo", "--json"], 0...1),
        (["contact"], ["--remove", "--json"], 0...1),
    ]

    static func meaning(_ words: [[UInt8]]) -> Meaning {
        guard words.allSatisfy(isSeen) else { return .none }
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        return table.map { meaning(texts, $0.0, $0.options, $0.arguments) }.first { $0 != .none } ?? .none
    }

    private static func meaning(
        _ words: [String], _ name: [String], _ options: [String], _ arguments: ClosedRange<Int>
    ) -> Meaning {
        guard Array(words.prefix(name.count)) == name, let end = words.firstIndex(of: "--"),
            arguments.contains(words.count - end - 1)
        else { return .none }
        var given = words[name.count..<end]
        var values: [String] = []
        for option in options {
            let takesValue = option.hasSuffix("=")
            guard let first = given.first, takesValue ? first.hasPrefix(option) : first == option else { continue }
            if takesValue { values.append(option) }
            given = given.dropFirst()
        }
        guard given.isEmpty else { return .none }
        let said = words[..<end]
        if name == ["contact"], said.contains("--echo"), !said.contains("--questions") { return .none }
        // The new name is a label, too. JSON of a new token would be a secret: root's alone.
        if name == ["token", "rename"] { return .commandIfValid }
        if name == ["token", "add"], said.contains("--json"), !values.contains("--ssh-key=") { return .none }
        return values.isEmpty ? .command : .commandIfValid
    }

    /// Whether nothing in a word moves a cursor or turns a line round (Unicode's Cc and Cf).
    private static func isSeen(_ word: [UInt8]) -> Bool {
        String(decoding: word, as: UTF8.self).unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
    }

    /// A frame `command` of these words.
    static func command(of words: [[UInt8]]) -> [UInt8] {
        var payload: [UInt8] = [0, 1, UInt8(words.count)]
        for word in words { payload += [UInt8(word.count / 256), UInt8(word.count % 256)] + word }
        return payload
    }
}
