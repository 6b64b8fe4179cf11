internal import Linux
internal import TwostepCore

/// A line of the tool's in the system's log: what was done to whom, and by which real uid. docs/events.md lists them.
struct ToolEvent {
    private var line: EventLine

    init(_ event: StaticString, _ account: Account) {
        line = EventLine(event, severity: .notice)
        line.add("user", account.name)
        line.add("by", [UInt8](decimal: Int64(realUserID())))
    }

    mutating func add(_ name: StaticString, _ value: [UInt8]) { line.add(name, value) }

    mutating func add(_ name: StaticString, _ value: StaticString) { line.add(name, value) }

    func log() { systemLog(line.text, isError: false) }
}
