package import ArgumentParser
internal import TwostepCore

package struct ListCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List everybody who has a second step.",
        discussion: "EXAMPLE\n  twostep list --json")

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package func run(_ desk: Desk) throws {
        let everybody = Everybody(desk: desk, now: try desk.readClock(), quiet: json)
        if json {
            // As they are read: all at once would be some fifty megabytes.
            var out = JSONRows(desk)
            try everybody.look(JSONPiece()) {
                $0.add($1.json)
            } _: {
                try out.add($0)
            }
            return try out.end()
        }
        let heads = ["USER", "UID", "STATE", "TOKENS", "KEYS", "BACKUP", "LAST USED"]
        var table = TextTable(heads)
        try everybody.look(TextTable(columns: heads.count)) {
            $0.add(cells($1, desk.configuration))
        } _: {
            table.add($0)
        }
        try table.write(to: desk)
    }

    /// How many are left, and whether that is few.
    private func backupCodes(_ row: UserStatus, _ configuration: Configuration) -> String {
        guard let left = row.backupCodesLeft else { return "0" }
        return row.isActive && UserStatus.areFew(left, configuration) ? "\(left) (few)" : "\(left)"
    }

    private func cells(_ row: UserStatus, _ configuration: Configuration) -> [String] {
        [
            printable(row.user), "\(row.uid)",
            row.error ?? (row.isActive && row.lockedUntil != nil ? "locked" : row.state) ?? "",
            "\(row.tokens.count)", "\(row.securityKeys.count)", backupCodes(row, configuration),
            UserStatus.lastUse(row.lastUsed),
        ]
    }
}
