package import TwostepCore

/// A line that decides, as it stands.
package struct Quote: Equatable, Sendable {
    /// Without a line where the file has none and the default holds.
    package let place: Place
    package let text: String
    /// What of it decides, for people.
    package let why: String

    package init(_ place: Place, _ text: String, why: String) {
        self.place = place
        self.text = text
        self.why = why
    }
}

/// What one line of a service's file that names our module does at a login, and what decides it.
package struct Explanation: Equatable, Sendable {
    /// The names are stable: docs/json.md.
    package enum Outcome: String, CaseIterable, Sendable {
        /// A code is asked for, and the right one gets past the line.
        case asked
        /// Nobody is asked.
        case passes
        /// Whatever is typed, they are refused.
        case refused
        /// They are led through enrolling before anything else.
        case enrols
    }

    package let outcome: Outcome
    /// By its name in the log (docs/events.md); `enrolled` for who is asked, `enroll-at-login` for who enrols.
    package let reason: String
    /// What the system said, or which part is wrong; empty where there is nothing to add.
    package let cause: String
    /// Until when single codes from there are not looked at, in seconds since the epoch.
    package let lockedUntil: Int64?
    /// The labels of the security keys with which nothing is asked.
    package let securityKeys: [String]
    package let decides: [Quote]
    /// How somebody gets in all the same who must enrol anew; nil where nothing that they type does it.
    package var wayBack: WayBack?

    /// A recovery code does it.
    package struct WayBack: Equatable, Sendable {
        /// Until when one counts that was given out, in seconds since the epoch; nil where none does.
        package let until: Int64?
    }
}

/// A configuration file as text, for quoting.
package struct QuotedConfiguration {
    package let path: String
    private let lines: [ConfigurationLine]
    /// What is wrong with it; nil where it can be used.
    package let flaw: ConfigurationError?

    package init(path: String, text: [UInt8], flaw: ConfigurationError? = nil) {
        self.path = path
        self.flaw = flaw
        lines = ConfigurationLine.all(of: text)
        texts = text.parts(separatedBy: 0x0A)
    }

    private let texts: [[UInt8]]

    /// Where a setting stands; the whole file where it has no such line.
    package func place(of setting: Setting) -> Place {
        Place(path, lines.first { $0.name.equals(setting.name) }?.number)
    }

    /// The line of a setting, or its default.
    func quote(_ setting: Setting, why: String) -> Quote {
        guard let line = lines.first(where: { $0.name.equals(setting.name) }) else {
            return Quote(Place(path), "\(setting.name) = \(setting.defaultText)", why: "the default; \(why)")
        }
        return Quote(Place(path, line.number), printed(line.text), why: why)
    }

    /// The line that is wrong, or the file.
    var quoteOfFlaw: Quote {
        guard let flaw, texts.indices.contains(flaw.line - 1) else {
            return Quote(Place(path), "", why: "the file cannot be used")
        }
        return Quote(Place(path, flaw.line), printed(texts[flaw.line - 1].trimmed), why: printed(flaw.text))
    }
}

extension PAMFolder {
    /// The line of a file, as it stands.
    package func text(at place: Place) -> String {
        guard let line = place.line, let file = files.values.first(where: { $0.path == place.file }) else { return "" }
        let lines = file.text.parts(separatedBy: 0x0A)
        return lines.indices.contains(line - 1) ? printed(lines[line - 1].trimmed) : ""
    }
}
