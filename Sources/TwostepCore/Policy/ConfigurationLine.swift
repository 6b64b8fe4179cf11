/// A line of a configuration file that sets something, as it stands there: for those who quote it. A login reads values
/// alone (`Configuration.parse`).
package struct ConfigurationLine: Equatable, Sendable {
    /// Counted from 1.
    package let number: Int
    package let name: [UInt8]
    package let value: [UInt8]
    /// The whole of it, without blanks around.
    package let text: [UInt8]

    /// The lines of a file that have a name and a value; comments, blank lines and what is neither are left out.
    package static func all(of text: [UInt8]) -> [ConfigurationLine] {
        var lines: [ConfigurationLine] = []
        for (index, line) in text.parts(separatedBy: 0x0A).enumerated() {
            let content = line.trimmed
            guard content.first != 0x23, let equals = content.firstIndex(of: 0x3D) else { continue }
            lines.append(
                ConfigurationLine(
                    number: index + 1, name: Array(content[..<equals]).trimmed,
                    value: Array(content[(equals + 1)...]).trimmed, text: content))
        }
        return lines
    }
}
