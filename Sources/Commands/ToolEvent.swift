package import TwostepCore

/// A line of a command's in the system's log: what was done to whom, and by which real uid.
package struct ToolEvent {
    /// What can have been done: docs/events.md has a line for each, which a test sees to.
    package enum Kind: Sendable, CaseIterable {
        case enrolled, unlocked, backupCodesRegenerated, tokenAdded, tokenRemoved, tokenRenamed, tokenResynced, disabled
        case tokensReplaced, changeUncertain

        package var name: StaticString {
            switch self {
            case .enrolled: "enrolled"
            case .unlocked: "unlocked"
            case .backupCodesRegenerated: "backup-codes-regenerated"
            case .tokenAdded: "token-added"
            case .tokenRemoved: "token-removed"
            case .tokenRenamed: "token-renamed"
            case .tokenResynced: "token-resynced"
            case .disabled: "disabled"
            case .tokensReplaced: "tokens-replaced"
            case .changeUncertain: "change-uncertain"
            }
        }
    }

    private var line: EventLine

    package init(_ kind: Kind, _ account: Account, _ desk: Desk) {
        line = EventLine(kind.name, severity: .notice)
        line.add("user", account.name)
        line.add("by", [UInt8](decimal: Int64(desk.by)))
    }

    package mutating func add(_ name: StaticString, _ value: [UInt8]) { line.add(name, value) }

    package mutating func add(_ name: StaticString, _ value: StaticString) { line.add(name, value) }

    package func log() { line.log() }
}
