package import TwostepCore

/// What the configuration file says about one-time codes that the site sends by a way of its own. No login looks at it: the
/// service does, when somebody asks for one.
package struct DeliverySettings: SettingGroup, Equatable, Sendable {
    /// The program that sends them, and words before the user's name; nil where none are sent.
    package var command: [String]?

    package init() {}

    package mutating func set(_ setting: Setting, to value: String) -> Bool {
        guard setting == .deliverCommand, value != "no" else { return true }
        let words = value.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let program = words.first, isPlainPath(Array(program.utf8)) else { return false }
        command = words
        return true
    }
}
