package import TwostepCore

/// Settings that no login looks at, as they are read by whoever needs them.
package protocol SettingGroup {
    /// As they are where the file says nothing.
    init()
    /// Takes one value.
    ///
    /// - Returns: whether it is understood; what belongs to others is passed over.
    mutating func set(_ setting: Setting, to value: String) -> Bool
}

extension SettingGroup {
    /// Reads its settings in a configuration file that `Configuration.parse` has taken.
    ///
    /// - Throws: the first value that is not understood.
    package init(_ text: [UInt8]) throws(ConfigurationError) {
        self.init()
        for line in SettingLine.all(text) {
            guard set(line.setting, to: line.value) else { throw line.badValue }
        }
    }
}

/// A line of the configuration file, as a group of settings sees it.
struct SettingLine {
    let setting: Setting
    private let line: ConfigurationLine

    var value: String { String(decoding: line.value, as: UTF8.self) }

    /// The lines that set something.
    static func all(_ text: [UInt8]) -> [SettingLine] {
        ConfigurationLine.all(of: text).compactMap { line in
            Setting.allCases.first { line.name.equals($0.name) }.map { SettingLine(setting: $0, line: line) }
        }
    }

    var badValue: ConfigurationError {
        ConfigurationError(line: line.number, problem: .badValue, name: line.name, expected: setting)
    }
}

extension ConfigurationError {
    /// What is wrong, in words, for a setting that no login looks at.
    package var badValueText: String {
        let name = String(decoding: self.name, as: UTF8.self)
        return "bad value for '\(name)': \(expected?.summary ?? "")"
    }
}
