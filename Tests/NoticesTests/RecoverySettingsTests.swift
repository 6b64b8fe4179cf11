import Crypto
import Testing
import TwostepCore

@testable import Notices

struct RecoverySettingsTests {
    private func settings(_ text: String) throws(ConfigurationError) -> RecoverySettings {
        try RecoverySettings(Array(text.utf8))
    }

    @Test func offUnlessSaid() throws {
        #expect(try settings("store = /x\n# recovery = email\nnotify = nonsense\n") == RecoverySettings())
        let none = RecoverySettings()
        #expect(!none.isByEmail && none.url == nil && none.questions == "/etc/twostep/questions")
        let all = try settings(
            "recovery = email\nrecovery_url = https://example.org/r#\nrecovery_questions = /etc/q\n")
        #expect(all.isByEmail && all.url == "https://example.org/r#" && all.questions == "/etc/q")
        #expect(try settings("recovery = no\nrecovery_url = no\n") == none)
    }

    @Test(arguments: [
        "recovery = yes", "recovery =", "recovery = mail", "recovery_url = http://example.org/", "recovery_url =",
        "recovery_url = https://example.org", "recovery_url = https:///", "recovery_url = https://example.org/a b/",
        "recovery_url = https://éxample.org/", "recovery_questions = questions", "recovery_questions = /a/../b",
    ])
    func badValues(line: String) {
        do throws(ConfigurationError) {
            _ = try settings("store = /x\n\(line)\n")
            Issue.record("taken: \(line)")
        } catch {
            #expect(error.line == 2 && error.badValueText.contains("'\(line.prefix { $0 != " " })'"))
        }
    }

    /// None of them is a login's business: the module never refuses anybody for one.
    @Test func aLoginTakesAnyValue() throws {
        let text = "recovery = \u{1F600}\nrecovery_url = x\nrecovery_questions = y\n"
        let plain = try Configuration.parse(Array("".utf8)) { _ in nil }
        #expect(try Configuration.parse(Array(text.utf8)) { _ in nil } == plain)
    }

    // MARK: the list of questions

    private func list(_ text: String) throws(QuestionList.Problem) -> [String] {
        try QuestionList(Array(text.utf8)).questions.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func oneQuestionALine() throws {
        #expect(
            try list("# ours\n\n  First pet? \nWo geboren, genau? #1\n") == ["First pet?", "Wo geboren, genau? #1"])
    }

    @Test func whatIsNoList() {
        let long = String(repeating: "x", count: 161)
        for (text, problem) in [
            ("", QuestionList.Problem.tooFew), ("One?\n# Two?\n", .tooFew), ("One?\nTwo?\nOne?\n", .repeated(3)),
            ("One?\n\(long)\n", .line(2)), ("One?\nTw\u{1B}o?\n", .line(2)), ("One?\nTw\u{202E}o?\n", .line(2)),
            ((0...200).map { "Question \($0)?" }.joined(separator: "\n"), .tooMany),
        ] {
            #expect(throws: problem) { try list(text) }
        }
        #expect(throws: QuestionList.Problem.line(1)) { try QuestionList([0xFF, 0x0A]) }
    }

    // MARK: answers

    private func normalise(_ text: [UInt8]) throws(TypedAnswer.Problem) -> String {
        let typed = SecretBytes(copying: text.span)
        let answer = try TypedAnswer.normalise(typed)
        let bytes = answer.bytes
        return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    @Test(arguments: [
        ("Rex", "rex"), ("  The  Old Oak-Tree, No. 7! ", "theoldoaktreeno7"), ("ZOË", "zoe"), ("Zoe\u{308}", "zoe"),
        ("Straße", "straße"), ("İzmir", "izmir"), ("ΑΘΗΝΑ", "αθηνα"), ("東京都", "東京都"),
        ("한글말", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}\u{1106}\u{1161}\u{11AF}"),
        ("１２３", "１２３"), ("a\u{0}b\nc", "abc"),
    ])
    func oneSpelling(typed: String, spelling: String) throws {
        #expect(try Array(normalise(Array(typed.utf8)).utf8) == Array(spelling.utf8))
    }

    @Test func whatIsNoAnswer() {
        for short in ["", "   ", "ab", "a-b", "?!.", "é\u{301}\u{301}\u{301}x", "東京"] {
            #expect(throws: TypedAnswer.Problem.tooShort, "\(short)") { try normalise(Array(short.utf8)) }
        }
        let most = String(repeating: "x", count: 72)
        #expect((try? normalise(Array((most + " !").utf8))) == most)
        #expect(throws: TypedAnswer.Problem.tooLong) { try normalise(Array((most + "y").utf8)) }
        for bytes in [[0x61, 0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80]]
            as [[UInt8]]
        {
            #expect(throws: TypedAnswer.Problem.notText) { try normalise(bytes) }
        }
    }
}
