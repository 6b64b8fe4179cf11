package import TwostepCore

/// What the configuration file says about one-time codes that the site sends by a way of its own. No login looks at it: the
/// service does, when somebody asks for one.
package struct DeliverySettings: Equatable, Sendable {
    /// The program that sends them, and words before the user's name; nil where none are sent.
    package var command: [String]?

    package init() {}

    /// Reads its settings in a configuration file that `Configuration.parse` has taken.
    ///
    /// - Throws: the first value that is not understood.
    package init(_ text: [UInt8]) throws(ConfigurationError) {
        for line in SettingLine.all(text) where line.setting == .deliverCommand {
            guard line.value != "no" else { continue }
            let words = line.value.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let program = words.first, isPlainPath(Array(program.utf8)) else { throw line.badValue }
            command = words
        }
    }
}
