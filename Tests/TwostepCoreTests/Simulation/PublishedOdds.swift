import Foundation

/// The tables of docs/threat-model.md, "The odds".
enum PublishedOdds {
    /// The cells of every row that begins with `first`, after that one.
    static func cells(_ first: String) throws -> [String]? {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let text = try String(contentsOf: top.appendingPathComponent("docs/threat-model.md"), encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("| \(first) |") {
            return line.split(separator: "|").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }

    /// The chance of a year that is published for somebody who has this second step; nil where there is no attacker.
    static func chance(_ scenario: Scenario, _ attacker: Year.Attacker) throws -> Double? {
        let column: Int
        switch attacker {
        case .world: column = 0
        case .formerAddress: column = 1
        case .everywhere: column = 2
        case .nowhere: return nil
        }
        guard let cells = try cells(scenario.testDescription), cells.count == 3, let figure = Double(cells[column])
        else { return 0 }
        return figure / 10_000
    }
}
