internal import Crypto
internal import TwostepCore

/// Asks the process that delivers for a mail that brings a code: a datagram of root's, the code on a line of its own behind
/// all else. It is never on the disk, is tried only as long as the code counts, and goes nowhere but to this address.
package struct CodeRequest: Equatable, Sendable {
    /// The template's name.
    package let template: String
    package let user: String
    package let address: EmailAddress
    /// How long the code counts.
    package let minutes: Int

    package init(template: String, user: String, address: EmailAddress, minutes: Int) {
        self.template = template
        self.user = user
        self.address = address
        self.minutes = minutes
    }

    /// The datagram without the code.
    package var line: [UInt8] {
        var line: [UInt8] = []
        let fields = [("mail", template), ("user", user), ("to", address.text), ("minutes", "\(minutes)")]
        for (name, value) in fields {
            line += (line.isEmpty ? [] : [0x20]) + Array(name.utf8) + [0x3D] + EventLine.escaped(Array(value.utf8))
        }
        return line + [0x0A]
    }

    /// - Parameter line: the datagram up to its line feed.
    /// - Returns: nil for what is no such request.
    package static func parse(_ line: [UInt8]) -> CodeRequest? {
        guard let fields = LoggedEvent.parseFields(line[...], first: "mail"),
            fields.map(\.name) == ["mail", "user", "to", "minutes"], BuiltInTemplates.withCode.contains(fields[0].text),
            let address = EmailAddress(fields[2].text), let minutes = fields[3].value.decimal,
            (1...1440).contains(minutes)
        else { return nil }
        return CodeRequest(template: fields[0].text, user: fields[1].text, address: address, minutes: minutes)
    }
}
