import Foundation
import Testing
import TwostepCore

@testable import Commands

/// Tables line up on a terminal, whatever the names are written in. How wide each text is, a terminal says: these numbers
/// were taken from one (tmux 3.3, by where the cursor stood afterwards).
struct TextTableTests {
    @Test(arguments: [
        ("alice", 5), ("", 0), ("Jos\u{E9}", 4), ("Jose\u{301}", 4), ("\u{5C71}\u{7530}", 4),
        ("\u{3084}\u{307E}\u{3060}", 6), ("\u{AE40}", 2), ("\u{FF21}\u{FF22}", 4), ("\u{FF76}\u{FF85}", 2),
        ("\u{416}\u{17E}", 2), ("a\u{20DD}b", 2), ("\u{1F511}", 2), ("\u{20000}", 2),
    ])
    func widths(text: String, width: Int) {
        #expect(TextTable.width(of: text) == width)
    }

    private func lines(_ rows: [[String]]) throws -> [String] {
        let console = ScriptedConsole([])
        var table = TextTable(["USER", "STATE", "LAST"])
        for row in rows { table.add(row) }
        try table.write(to: Desk(console, Configuration(), from: []))
        return console.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Every column begins at the same place of the screen in every line.
    @Test func columnsLineUp() throws {
        let rows = [
            ["alice", "active", "never"], ["\u{5C71}\u{7530}\u{592A}\u{90CE}", "locked", "x"],
            ["Jose\u{301}", "active", "y"],
        ]
        let lines = try lines(rows)
        #expect(lines.count == 5 && lines.last == "")
        for (line, row) in zip(lines.dropFirst(), rows) {
            let state = try #require(line.range(of: row[1]))
            #expect(TextTable.width(of: String(line[..<state.lowerBound])) == 10, "\(line)")
        }
        #expect(lines[0] == "USER      STATE   LAST")
        #expect(lines[1] == "alice     active  never")
        #expect(lines[2] == "\u{5C71}\u{7530}\u{592A}\u{90CE}  locked  x")
    }

    @Test func noLineEndsInBlanks() throws {
        #expect(try lines([["alice", "", ""], ["bob", "active", ""]]).allSatisfy { !$0.hasSuffix(" ") })
    }

    /// Made in pieces, as by several threads, a table is the same.
    @Test func piecesMakeTheSameTable() throws {
        let rows = (0..<10).map { ["user\($0)", $0 == 7 ? "\u{5C71}\u{7530}\u{5C71}\u{7530}" : "active", "\($0)"] }
        let console = ScriptedConsole([])
        var table = TextTable(["USER", "STATE", "LAST"])
        for piece in [rows[0..<4], rows[4..<4], rows[4..<10]] {
            var part = TextTable(columns: 3)
            for row in piece { part.add(row) }
            table.add(part)
        }
        try table.write(to: Desk(console, Configuration(), from: []))
        let made = console.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(try made == lines(rows))
    }
}
