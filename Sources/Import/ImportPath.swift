/// Where a site keeps its `.google_authenticator` files, in the words of pam_google_authenticator's `secret=`.
package struct ImportPath: Equatable, Sendable {
    /// Why a path is not taken.
    package enum Problem: Error, Equatable, Sendable {
        /// It is no absolute path in the end.
        case relative
        /// A `$` that begins neither `${HOME}` nor `${USER}`, the only forms that the old module knows.
        case unknownWord
        /// It is one file for everybody: nothing in it is another for each user.
        case sameForAll
    }

    private enum Part: Equatable, Sendable {
        case text([UInt8])
        case home, user
    }
    private let parts: [Part]

    /// Each word, and what it stands for.
    private static let words: [(word: [UInt8], part: Part)] = [
        (Array("${HOME}".utf8), .home), (Array("%h".utf8), .home), (Array("${USER}".utf8), .user),
        (Array("%u".utf8), .user),
    ]

    /// The old module's own.
    package static let usual = ImportPath(parts: [.home, .text(Array("/.google_authenticator".utf8))])

    private init(parts: [Part]) { self.parts = parts }

    /// - Parameter text: an absolute path in which `${HOME}` and `%h`, or `~/` at its beginning, stand for the home folder,
    ///   and `${USER}` and `%u` for the user's name. One of these there must be: a path that is the same for everybody
    ///   would give one person's key to all. In double quotes the shell makes one of every path.
    package init(_ text: String) throws(Problem) {
        let bytes = Array(text.utf8)
        var parts: [Part] = bytes.starts(with: "~/".utf8) ? [.home] : []
        var rest = parts.isEmpty ? bytes[...] : bytes.dropFirst()
        var plain: [UInt8] = []
        while let first = rest.first {
            if let known = ImportPath.words.first(where: { rest.starts(with: $0.word) }) {
                if !plain.isEmpty { parts.append(.text(plain)) }
                plain = []
                parts.append(known.part)
                rest = rest.dropFirst(known.word.count)
            } else {
                guard first != UInt8(ascii: "$") else { throw .unknownWord }
                plain.append(first)
                rest = rest.dropFirst()
            }
        }
        if !plain.isEmpty { parts.append(.text(plain)) }
        switch parts.first {
        case .home: break
        case .text(let start) where start.first == UInt8(ascii: "/"): break
        default: throw .relative
        }
        guard parts.contains(.home) || parts.contains(.user) else { throw .sameForAll }
        self.parts = parts
    }

    /// A user's path; nil where the account has no home folder and the path is in it.
    package func path(user: [UInt8], home: [UInt8]) -> [UInt8]? {
        var path: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): path += text
            case .user: path += user
            case .home:
                guard home.first == UInt8(ascii: "/") else { return nil }
                path += home
            }
        }
        return path
    }
}
