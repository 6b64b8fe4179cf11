import Foundation
import Testing

@testable import Doctor

/// One catalogue of what can be found: the code's, the document's and the tests' are the same.
struct CatalogueTests {
    private func rows() throws -> [String: String] {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let text = try String(contentsOf: top.appendingPathComponent("docs/doctor.md"), encoding: .utf8)
        var rows: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`"))] = cells[1]
        }
        return rows
    }

    @Test func everyCheckIsInTheDocumentAndNothingElse() throws {
        let rows = try rows()
        #expect(Set(rows.keys) == Set(Check.allCases.map(\.rawValue)))
        for check in Check.allCases { #expect(rows[check.rawValue] == check.severity.rawValue, "\(check.rawValue)") }
    }

    /// What the tables of these tests do not find, Tests/EndToEnd/test_doctor.py does; it is held against this list.
    static let foundByTheRealProgramOnly: [Check] = [
        .moduleUnsafe, .moduleForeign, .versionsDiffer, .serviceDown, .serviceUnsafe, .keyInStore, .pamFileUnsafe,
        .sshdConfigInvalid, .keyRotationUnfinished, .mailInvalid, .changeUnconfirmed, .changeEdited,
    ]

    @Test func everyCheckHasATest() {
        var found = CatalogueTests.foundByTheRealProgramOnly + [.moduleMissing, .pamTooLarge]
        found += StackJudgeTests.cases.flatMap(\.checks) + SSHDTests.cases.flatMap(\.checks)
        found += SiteTests.cases.flatMap(\.checks) + PolicyTests.cases.flatMap(\.checks)
        let byReason = [
            "config-missing", "config-unsafe", "config-unreadable", "config-invalid", "key-missing", "key-unsafe",
            "key-unreadable", "key-invalid", "key-without-store", "crypto-unavailable", "store-unsafe",
            "store-unreadable", "marker-missing", "marker-unsafe", "marker-unreadable", "marker-corrupt",
            "accounts-unavailable", "index-missing", "index-unsafe", "index-unreadable", "index-corrupt",
        ]
        let missing = Set(Check.allCases.map(\.rawValue)).subtracting(found.map(\.rawValue)).subtracting(byReason)
        #expect(missing.isEmpty)
    }
}
