import Foundation
import Testing

@testable import Commands

/// What administrators search their logs for is written down.
struct ToolEventTests {
    @Test func everyEventStandsInTheCatalogue() throws {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let events = try String(contentsOf: top.appendingPathComponent("docs/events.md"), encoding: .utf8)
        for kind in ToolEvent.Kind.allCases {
            let stands = events.contains("`event=\(kind.name) user=NAME by=UID")
            #expect(stands, "\(kind.name)")
        }
    }
}
