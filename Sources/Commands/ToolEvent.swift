package import Notices
package import TwostepCore

/// A line of a command's in the system's log: what was done to whom, and by which real uid.
package struct ToolEvent {
    private var line: EventLine

    package init(_ kind: EventKind, _ account: Account, _ desk: Desk) {
        line = EventLine(kind, severity: .notice)
        line.add("user", account.name)
        line.add("by", [UInt8](decimal: Int64(desk.by)))
    }

    /// About the site, not one user.
    package init(_ kind: EventKind, _ desk: Desk) {
        line = EventLine(kind, severity: .notice)
        line.add("by", [UInt8](decimal: Int64(desk.by)))
    }

    package mutating func add(_ name: StaticString, _ value: [UInt8]) { line.add(name, value) }

    package mutating func add(_ name: StaticString, _ value: StaticString) { line.add(name, value) }

    /// It waits for room: whoever changes something must not keep its owner from hearing of it by knocking often meanwhile.
    ///
    /// - Parameter address: the owner's until now, who is to hear of it as well.
    package func log(alsoTo address: EmailAddress? = nil) {
        line.log(alsoTo: address.map { Array($0.text.utf8) } ?? [], within: HandingOver.patience)
    }
}
