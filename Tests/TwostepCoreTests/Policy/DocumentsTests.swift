import Foundation
import Testing

@testable import TwostepCore

/// What people script against is written down: no setting, argument or reason without a line in the documents.
struct DocumentsTests {
    /// A document of this project, by its path from the top.
    private func document(_ path: String) throws -> String {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        return try String(contentsOf: top.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func everySettingStandsInTheManual() throws {
        let lines = Set(try document("man/twostep.conf.5").split(separator: "\n").map(String.init))
        for setting in Setting.allCases {
            let stands = lines.contains(".It Cm \(setting.name)")
            #expect(stands, "\(setting.name)")
        }
    }

    @Test func everySettingToComeIsNamedInTheManual() throws {
        let words = Set(try document("man/twostep.conf.5").split { " \n".contains($0) }.map(String.init))
        for name in settingsToCome {
            let stands = words.contains("\(name)")
            #expect(stands, "\(name)")
        }
    }

    /// One of each: whoever adds a refusal is told by the compiler to add it to `refusal(after:)`.
    private func refusals() -> [Refusal] {
        var found: [Refusal] = [.wrongCode]
        while let last = found.last, let next = refusal(after: last) { found.append(next) }
        return found
    }

    private func refusal(after refusal: Refusal) -> Refusal? {
        switch refusal {
        case .wrongCode: .alreadyUsed
        case .alreadyUsed: .malformed
        case .malformed: .locked(until: 1)
        case .locked: .tooSoon(until: 1)
        case .tooSoon: .damaged
        case .damaged: .notEnrolled
        case .notEnrolled: .unknownUser
        case .unknownUser: .mustReenrol
        case .mustReenrol: .disabled
        case .disabled: nil
        }
    }

    private func problem(after kind: ModuleOptions.Problem.Kind) -> ModuleOptions.Problem.Kind? {
        switch kind {
        case .unknown: .badValue
        case .badValue: .repeated
        case .repeated: .contradiction
        case .contradiction: nil
        }
    }

    @Test func everyReasonStandsInTheCatalogueOfEvents() throws {
        let events = try document("docs/events.md")
        var names = StoreError.Reason.allCases.map { "\($0.text)" } + refusals().map { "\($0.reason)" }
        var kind: ModuleOptions.Problem.Kind? = .unknown
        while let present = kind {
            names.append("\(ModuleOptions.Problem(kind: present, argument: []).text)")
            kind = problem(after: present)
        }
        names += ServiceReason.allCases.map { "\($0.name)" } + PasswordReason.allCases.map { "\($0.name)" }
        names += FrameError.allCases.map { "\($0.name)" }
        for name in names {
            let stands = events.contains("`\(name)`") || events.contains("`reason=\(name)`")
            #expect(stands, "\(name)")
        }
    }

    /// `record-exists` never leaves the tool.
    @Test func everyTroubleIsExplained() throws {
        let troubleshooting = try document("docs/troubleshooting.md")
        for reason in StoreError.Reason.allCases where reason != .recordExists {
            let stands = troubleshooting.contains("`\(reason.text)`")
            #expect(stands, "\(reason.text)")
        }
    }

    @Test func everyArgumentOfTheModuleStandsInBothManuals() throws {
        let manual = try document("man/pam_twostep.8").split(separator: "\n")
        let guide = try document("docs/pam.md")
        for argument in ModuleOptions.Argument.allCases {
            let text = "\(argument.text)"
            let entry = text.hasSuffix("=") ? ".It Cm \(text.dropLast()) Ns = Ns Ar " : ".It Cm \(text)"
            let inManual = manual.contains { text.hasSuffix("=") ? $0.hasPrefix(entry) : $0 == entry }
            #expect(inManual, "\(text)")
            let inGuide = guide.contains(text.hasSuffix("=") ? "\n| `\(text)" : "\n| `\(text)` |")
            #expect(inGuide, "\(text)")
        }
    }
}
