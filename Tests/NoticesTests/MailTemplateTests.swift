import Crypto
import Foundation
import Testing

@testable import Notices

struct MailTemplateTests {
    private struct NoFiles: TemplateSource {
        func template(_ name: String) -> String? { nil }
        func complain(_ name: String, _ problem: MailTemplate.Problem) {}
    }

    /// What is shipped and what is built in are the same, and can be used.
    @Test func theFilesAreTheBuiltInOnes() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../mail")
        var files: [String: String] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            files[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
        }
        #expect(files == BuiltInTemplates.all)
        for (name, text) in files {
            #expect(throws: Never.self, "\(name)") {
                try MailTemplate(text, hasCode: BuiltInTemplates.withCode.contains(name))
            }
        }
    }

    /// Whoever hears of an event reads of that one.
    @Test func everyEventThatOwnersHearOfHasATemplate() {
        for selector in Catalogue.ownerHears {
            let name = selector.event + (selector.qualifier.map { "-\($0)" } ?? "")
            #expect(BuiltInTemplates.all[name] != nil, "\(name)")
        }
    }

    @Test(
        arguments: [
            ("", .subject), ("Subject: x\n", .subject), ("Subject: \n\nx", .subject), ("Subject: x\ny\nz", .subject),
            ("Re: x\n\ny", .subject), ("Subject: x\n\n", .subject), ("Subject: x\r\n\ny", .text),
            ("Subject: x\n\ny\u{0}", .text),
            ("Subject: {nobody}\n\ny", .placeholder), ("Subject: x\n\n{user", .placeholder),
            ("Subject: x\n\nuser}", .placeholder),
            ("Subject: x\n\n{}", .placeholder), ("Subject: {fields}\n\ny", .placeholder),
            ("Subject: x\n\nall {fields}", .placeholder),
            ("Subject: x\n\n  {code}", .code), ("Subject: {code}\n\nx", .placeholder),
            ("Subject: x\n\n" + String(repeating: "x", count: 16_400), .text),
        ] as [(String, MailTemplate.Problem)])
    func broken(text: String, problem: MailTemplate.Problem) {
        #expect(throws: problem) { try MailTemplate(text, hasCode: false) }
    }

    @Test(arguments: ["Subject: x\n\ny", "Subject: x\n\n{code}\n{code}", "Subject: x\n\nit is {code}"])
    func aCodeStandsAlone(text: String) {
        #expect(throws: MailTemplate.Problem.code) { try MailTemplate(text, hasCode: true) }
    }

    @Test func whatIsFilledInStaysOnItsLine() {
        let filled = MailTemplate.fill(
            "a {user} {token}\n  {fields}",
            [
                "user": "x\nBcc: y\r\u{202e}\u{2028}", "fields": "one  1\ntwo  {code}",
            ])
        #expect(filled == "a x?Bcc: y??? ?\n  one  1\n  two  (code)")
    }

    @Test func linesAreBroken() {
        let long = String(repeating: "word ", count: 30)
        for line in Letter.wrap("\(long)\n\n  \(long)").split(separator: "\n").dropLast() { #expect(line.count <= 72) }
        #expect(Letter.wrap("a\n\n\n") == "a\n")
        let word = String(repeating: "x", count: 100)
        #expect(Letter.wrap("a \(word) b") == "a\n\(word)\nb\n")
    }

    /// A link is what it was, in whatever encoding the text goes.
    @Test(arguments: ["to get in", "um reinzukommen, Zoë"])
    func aLinkOutlivesItsEncoding(text: String) throws {
        let link = "https://example.org/?page=recover&token=" + String(repeating: "0123456789", count: 16)
        let sender = try #require(EmailAddress("twostep@example.org"))
        let letter = Letter(
            from: sender, to: "alice@example.org", subject: "x", body: "\(text)\n\n  {code}\n\nend\n", time: 0, id: "x")
        let code = SecretBytes(copying: Array(link.utf8).span)
        let whole = letter.bytes(code: code)
        let bytes = whole.bytes
        var sent = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        if sent.contains("quoted-printable") {
            #expect(sent.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 })
            sent = sent.replacing("=\n", with: "").replacing("=3D", with: "=")
        }
        #expect(sent.contains("\n  \(link)\n\nend\n"))
    }
}
