internal import TwostepCore

/// Asks the process that delivers to have the site's program (`deliver_command`) send a code: a datagram of root's, the
/// code on a line of its own behind all else. It is never on the disk.
package struct DeliverRequest: Equatable, Sendable {
    package let user: [UInt8]

    package init(user: [UInt8]) { self.user = user }

    /// The datagram without the code.
    package var line: [UInt8] { Array("deliver=code user=".utf8) + EventLine.escaped(user) + [0x0A] }

    /// - Parameter line: the datagram up to its line feed.
    /// - Returns: nil for what is no such request.
    package static func parse(_ line: [UInt8]) -> DeliverRequest? {
        guard let fields = LoggedEvent.parseFields(line[...], first: "deliver"),
            fields.map(\.name) == ["deliver", "user"], fields[0].text == "code", !fields[1].value.isEmpty
        else { return nil }
        return DeliverRequest(user: fields[1].value)
    }

    /// Whether the name can be an argument of any program: neither an option nor nothing, and with nothing in it that a
    /// terminal or a shell would not show.
    package var isArgument: Bool {
        user.first != UInt8(ascii: "-") && user.count <= 255 && user.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
