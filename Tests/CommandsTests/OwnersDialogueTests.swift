import Crypto
import Linux
import Testing
import TwostepCore
import Wire

@testable import Commands

/// What owners are shown and asked, in process and over a connection: one set of scripts.
struct OwnersDialogueTests {
    private let password: (String, ScriptedConsole.Answer) = ("Password: ", { _ in "x" })
    private let appCode = "2. Type the code that the app shows now (Enter: the key again): "
    private let sentence = "   Type \"I have saved these codes\" to finish: "
    private let code = "Verification code: "

    private func backupCode(_ screen: String) -> String? {
        screen.split(whereSeparator: \.isWhitespace).map(String.init)
            .first {
                $0.count == 9 && Array($0)[4] == "-" && $0.allSatisfy { $0 == "-" || $0.isUppercase || $0.isNumber }
            }
    }

    private var toEnrol: [(String, ScriptedConsole.Answer)] {
        [password, (appCode, { appsCode($0) }), (sentence, { _ in "i have saved these codes" })]
    }

    @Test func enrolling() throws {
        let played = try playBothWays([["enroll", "--"]]) {
            [
                password, (appCode, { _ in "12" }), (appCode, { appsCode($0) }), (sentence, { _ in "no" }),
                (sentence, { _ in "I have saved these codes" }),
            ]
        }
        #expect(played.status == 0 && played.console.output.hasSuffix("root now has a second step.\n"))
        #expect(played.console.drawn.count == 1)
        #expect(played.console.drawn[0].hasPrefix("otpauth://totp/"))
        #expect(played.console.output.contains(played.console.drawn[0]))
    }

    @Test(arguments: [
        ("I have saved these codes", true), ("  i HAVE saved these codes ", true), ("I have saved these codes.", true),
        ("I have saved these codes. ", true), ("I have saved these codes..", false),
        ("I have saved these code.", false),
        (".", false), ("", false), ("\"I have saved these codes\"", false),
    ]) func theSentence(_ typed: String, _ counts: Bool) {
        #expect(Dialogue.saysSaved(Array(typed.utf8)) == counts)
    }

    @Test(arguments: 0..<3) func whoStopsChangesNothing(_ answered: Int) throws {
        let played = try playBothWays([["enroll", "--"], ["status", "--"]]) {
            Array(toEnrol.prefix(answered)) + [(toEnrol[answered].0, { _ in nil })]
        }
        #expect(played.status == 0 && played.console.output.hasSuffix("second step: not enrolled\n"))
    }

    @Test func everythingElse() throws {
        let steps = [
            ["enroll", "--"], ["status", "--json", "--"], ["token", "rename", "--json", "--", "root", "app", "phone"],
            ["backup-codes", "--regenerate", "--"], ["backup-codes", "--"], ["disable", "--json", "--"],
            ["status", "--json", "--"],
        ]
        let played = try playBothWays(steps) {
            toEnrol + [
                password, password, (code, { self.backupCode($0) }), (sentence, { _ in "I have saved these codes" }),
                password, (code, { appsCode($0, later: 1) }),
            ]
        }
        #expect(played.status == 0 && played.console.output.contains("{\"disabled\":true,\"user\":\"root\"}"))
        #expect(
            played.console.output.hasSuffix(
                "{\"enrolled\":false,\"securityKeys\":[],\"tokens\":[],\"uid\":0,\"user\":\"root\"}\n"))
    }

    @Test func wrongCodes() throws {
        let played = try playBothWays([["enroll", "--"], ["disable", "--"], ["status", "--"]]) {
            toEnrol + [password] + Array(repeating: (code, { _ in "12345678" }), count: 3)
        }
        #expect(played.console.errors.hasPrefix("twostep: refused; nothing else was changed\n"))
        #expect(played.console.output.contains("second step: active"))
    }

    @Test func theSiteDecidesWhoMustHaveOne() throws {
        let site = try OwnersSite()
        let console = ScriptedConsole(toEnrol)
        #expect(site.run(["enroll", "--"], at: console) == 0)
        site.configuration.required = [.everybody]
        #expect(site.run(["disable", "--"], at: console) == 77 && console.isDone)
    }

    @Test func whoCannotReadTheirKeyIsNotEnrolled() throws {
        let site = try OwnersSite()
        let console = ScriptedConsole([password])
        console.isHeard = false
        #expect(site.run(["enroll", "--"], at: console) == 74 && console.isDone)
        console.isHeard = true
        #expect(site.run(["status", "--"], at: console) == 0)
        #expect(console.output.hasSuffix("second step: not enrolled\n"))
    }

    /// What the system says of standard output is not mistaken for the service's fault, whatever it is.
    @Test(arguments: [SystemError.invalid, .inputOutput, .brokenPipe])
    func whoCannotReadTheOutputIsToldWhy(_ error: SystemError) throws {
        var other: Descriptor?
        let console = RemoteConsole(Channel(try Descriptor.pair { other = consume $0 }))
        guard let own = other.take() else { throw SystemError.invalid }
        var channel = Channel(own)
        try console.write(Array("x".utf8))
        console.end(nil)
        let person = ScriptedConsole([])
        person.isHeard = false
        person.complaint = error
        #expect(relay([0, 1, 1, 0, 0], over: &channel, person) == .unheard(.unheard(error)))
    }

    @Test func aLongTextComesWhole() throws {
        let text = (0..<3000).map { "\($0)" }.joined(separator: "é")
        var other: Descriptor?
        let console = RemoteConsole(Channel(try Descriptor.pair { other = consume $0 }))
        guard let own = other.take() else { throw SystemError.invalid }
        var channel = Channel(own)
        try console.write(Array(text.utf8))
        console.end(nil)
        let person = ScriptedConsole([])
        #expect(relay([0, 1, 1, 0, 0], over: &channel, person) == .ended(0))
        let isWhole = person.output == text
        #expect(isWhole)
    }
}
