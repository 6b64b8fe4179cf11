import Foundation
import Notices
import Testing
import TwostepCore

@testable import Commands

/// What administrators search their logs for, hooks get and mails tell is written down, in one catalogue.
struct CatalogueTests {
    private let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")

    /// The rows of the catalogue in docs/events.md: name, fields, who hears of it by mail.
    private func rows() throws -> [(name: String, fields: [String], heard: String)] {
        let text = try String(contentsOf: top.appendingPathComponent("docs/events.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "## Catalogue\n").dropFirst().first)
        return section.components(separatedBy: "\n## ")[0].split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 5, cells[0].hasPrefix("`") else { return nil }
            let fields = cells[1].components(separatedBy: ", ").map { $0.trimmingCharacters(in: ["`"]) }
            return (cells[0].trimmingCharacters(in: ["`"]), fields, cells[4])
        }
    }

    @Test func theDocumentHasTheCatalogue() throws {
        let rows = try rows()
        #expect(rows.map(\.name) == Catalogue.entries.map { "\($0.kind.name)" })
        for (row, entry) in zip(rows, Catalogue.entries) {
            #expect(row.fields == entry.fields, "\(row.name)")
            let heard = Hearer.allCases.compactMap { hearer in
                entry.heard[hearer].map { qualifiers in
                    hearer.rawValue + (qualifiers.isEmpty ? "" : ": ")
                        + qualifiers.map { "`\($0)`" }.joined(separator: ", ")
                }
            }
            #expect(row.heard == heard.joined(separator: ", "), "\(row.name)")
        }
    }

    /// The list of names is the list: no name is made that it leaves out.
    @Test func theCatalogueHasEveryEvent() throws {
        let source = try String(
            contentsOf: top.appendingPathComponent("Sources/TwostepCore/Login/EventKind.swift"), encoding: .utf8)
        let made = source.components(separatedBy: "EventKind(\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
        #expect(Set(made) == Set(EventKind.all.map { "\($0.name)" }))
        #expect(made.count == EventKind.all.count)
        #expect(EventKind.all.map { "\($0.name)" } == Catalogue.entries.map { "\($0.kind.name)" })
    }

    /// No field is logged that no event of the catalogue has.
    @Test func everyFieldStandsInTheCatalogue() throws {
        // The service is in no line, but before it.
        let known = Set(Catalogue.entries.flatMap(\.fields) + ["service"])
        let sources = try #require(
            FileManager.default.enumerator(at: top.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
        var found = 0
        for case let file as URL in sources where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for part in text.components(separatedBy: ".add(\"").dropFirst() {
                let name = String(part.prefix { $0 != "\"" })
                found += 1
                #expect(known.contains(name), "\(name) in \(file.lastPathComponent)")
            }
        }
        #expect(found > 20)
    }

    @Test func everyEventOfACommandIsExplained() throws {
        let events = try String(contentsOf: top.appendingPathComponent("docs/events.md"), encoding: .utf8)
        let ofCommands = Catalogue.entries.filter {
            $0.fields.starts(with: ["user", "by"]) && !$0.fields.contains("caller")
        }
        #expect(ofCommands.count > 15)
        for entry in ofCommands {
            let stands = events.contains("`event=\(entry.kind.name) user=NAME by=UID")
            #expect(stands, "\(entry.kind.name)")
        }
    }
}
