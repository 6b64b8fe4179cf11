internal import TwostepCore

/// Which question a line is about. See pam.d(5).
package enum PAMKind: String, CaseIterable, Sendable { case auth, account, session, password }

/// A place that somebody can look at: a file and one of its lines.
package struct Place: Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// Counted from 1; nil for the whole file.
    package let line: Int?

    package init(_ file: String, _ line: Int? = nil) {
        self.file = file
        self.line = line
    }

    package var description: String { line.map { "\(file):\($0)" } ?? file }
}

/// What a line of a service file means.
package struct PAMEntry: Equatable, Sendable {
    package enum Meaning: Equatable, Sendable {
        /// A module, its path as written, and its arguments.
        case module([UInt8], PAMActions, arguments: [[UInt8]])
        /// The lines of this kind of another file.
        case include([UInt8])
        /// The same as a stack of its own, whose `done` and `die` end only itself.
        case substack([UInt8])
        /// All lines of another file (Debian's `@include`).
        case includeAll([UInt8])
        /// Not understood: the stack fails there.
        case broken(Fault)
    }

    package enum Fault: Equatable, Sendable {
        case kind([UInt8]), noControl, noModule, tooLong
        /// libpam refuses the whole file, or crashes.
        case cutOff, nothingIncluded

        package var text: String {
            switch self {
            case .kind(let word): "'\(printed(word))' is none of auth, account, session, password"
            case .noControl: "there is no control flag"
            case .noModule: "no module is named"
            case .tooLong: "the line has more than \(PAMLine.limit) bytes, and libpam reads no further"
            case .cutOff: "the file ends in a backslash, and libpam refuses all of it"
            case .nothingIncluded: "@include names no file, and libpam crashes"
            }
        }
    }

    package let line: PAMLine
    package let kind: PAMKind
    package let meaning: Meaning
    /// The control flag as written; empty for `@include`.
    package let control: [UInt8]

    private init(_ line: PAMLine, _ kind: PAMKind, _ meaning: Meaning, control: [UInt8] = []) {
        self.line = line
        self.kind = kind
        self.meaning = meaning
        self.control = control
    }

    /// The entries of a file. A line of a kind that there is none of counts as `auth`, as libpam has it.
    package static func entries(of text: [UInt8]) -> [PAMEntry] { PAMLine.lines(of: text).map(read) }

    private static func read(_ line: PAMLine) -> PAMEntry {
        guard let first = line.words.first else { return PAMEntry(line, .auth, .broken(.noControl)) }
        let word = first.first == UInt8(ascii: "-") ? Array(first.dropFirst()) : first
        if word.isWord("@include") {
            guard line.words.count > 1 else { return PAMEntry(line, .auth, .broken(.nothingIncluded)) }
            return PAMEntry(line, .auth, .includeAll(line.words[1]))
        }
        if line.isCutOff { return PAMEntry(line, .auth, .broken(.cutOff)) }
        guard let kind = PAMKind(rawValue: String(decoding: word.map(\.lowercased), as: UTF8.self)) else {
            return PAMEntry(line, .auth, .broken(.kind(first)))
        }
        if line.isTooLong { return PAMEntry(line, kind, .broken(.tooLong)) }
        guard line.words.count > 1 else { return PAMEntry(line, kind, .broken(.noControl)) }
        let control = line.words[1]
        guard line.words.count > 2 else { return PAMEntry(line, kind, .broken(.noModule), control: control) }
        let target = line.words[2]
        guard let actions = PAMActions.parse(control) else {
            let isSubstack = control.isWord("substack")
            return PAMEntry(line, kind, isSubstack ? .substack(target) : .include(target), control: control)
        }
        return PAMEntry(line, kind, .module(target, actions, arguments: Array(line.words[3...])), control: control)
    }

    /// The file that the line brings in; nil where it brings none.
    package var included: String? {
        switch meaning {
        case .include(let name), .substack(let name), .includeAll(let name): String(decoding: name, as: UTF8.self)
        case .module, .broken: nil
        }
    }
}

/// Somebody's bytes as text, with nothing in it that could move a cursor.
package func printed(_ bytes: [UInt8]) -> String {
    let unseen: [Unicode.GeneralCategory] = [.control, .format]
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    return String(String.UnicodeScalarView(scalars.map { unseen.contains($0.properties.generalCategory) ? "?" : $0 }))
}
