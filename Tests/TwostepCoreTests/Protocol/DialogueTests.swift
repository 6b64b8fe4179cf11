import Testing

@testable import TwostepCore

/// Dialogues with everything that a module's arguments can bring into one, in process and over the wire (`playLogin`).
struct DialogueTests {
    private let code = "Verification code: "
    private let both = "Password and verification code: "

    private func play(_ steps: [Step], _ request: LoginRequest, _ record: consuming Record?) throws -> Outcome {
        var store = try Sample.store(record)
        return playLogin(steps, request, &store).outcome
    }

    @Test func whatIsTypedMayBeSeenWhereTheArgumentSaysSo() throws {
        var options = ModuleOptions()
        options.echoCode = true
        options.prompt = Array("PIN? ".utf8)
        let request = LoginRequest(
            subject: LoginSubject(account: Sample.alice, name: Sample.alice.name), service: [], options: options,
            configuration: Configuration(), membership: { _, _ in .notMember })
        let steps: [Step] = [.prompt("PIN? ", echo: true, answer: Sample.code)]
        #expect(try play(steps, request, Sample.record()) == accepted(.totp))
    }

    @Test func severalTries() throws {
        let steps: [Step] = [
            .prompt(code, answer: "12345678"), .prompt(code, answer: "x"), .prompt(code, answer: Sample.code),
        ]
        #expect(try play(steps, Sample.request(tries: 3), Sample.record()) == accepted(.totp))
        let refused = Array(steps[..<2])
        #expect(try play(refused, Sample.request(tries: 2), Sample.record()) == .refused(.malformed))
    }

    @Test func whoGoesAwayAfterAWrongAnswerStaysRefused() throws {
        let steps: [Step] = [.prompt(code, answer: "12345678"), .promptFails(code)]
        #expect(try play(steps, Sample.request(tries: 3), Sample.record()) == .refused(.wrongCode))
        #expect(try play([.promptFails(code)], Sample.request(tries: 3), Sample.record()) == .noAnswer)
    }

    @Test func whatAModuleBeforeWasTold() throws {
        for firstPass in [ModuleOptions.FirstPass.first, .only] {
            let request = Sample.request(firstPass: firstPass)
            #expect(try play([.firstPass(Sample.code)], request, Sample.record()) == accepted(.totp))
        }
        let first = Sample.request(firstPass: .first)
        for told in [nil, "correct horse", ""] as [String?] {
            let steps: [Step] = [.firstPass(told), .prompt(code, answer: Sample.code)]
            #expect(try play(steps, first, Sample.record()) == accepted(.totp))
        }
        let only = Sample.request(firstPass: .only)
        #expect(try play([.firstPass(nil)], only, Sample.record()) == .noAnswer)
        #expect(try play([.firstPass("correct horse")], only, Sample.record()) == .refused(.malformed))
    }

    @Test func passwordAndCodeInOneField() throws {
        let request = Sample.request(forwardPass: true, digits: 8)
        let answer = "horse" + Sample.code
        #expect(
            try play([.prompt(both, answer: answer), .left("horse")], request, Sample.record()) == accepted(.totp))
        #expect(
            try play([.prompt(both, answer: answer), .leavingFails("horse")], request, Sample.record()) == .noAnswer)
        #expect(
            try play([.prompt(both, answer: Sample.code), .left("")], request, Sample.record()) == accepted(.totp))
        // As long as an answer may be.
        let longest = String(repeating: "p", count: 504)
        let steps: [Step] = [.prompt(both, answer: longest + Sample.code), .left(longest)]
        #expect(try play(steps, request, Sample.record()) == accepted(.totp))
    }

    @Test func remarksAndReasons() throws {
        let steps: [Step] = [
            .prompt(code, answer: "12345678"), .error("twostep: that code is wrong"),
            .error("twostep: type the code your app shows now"), .prompt(code, answer: Sample.backupCode),
            .info("twostep: backup code accepted, 0 left"),
            .info("twostep: ask your administrator for new backup codes"),
        ]
        let request = Sample.request(explain: true, tries: 2)
        #expect(
            try play(steps, request, Sample.record(backupCodes: [Sample.backupCode]))
                == accepted(.backupCode, "", left: 0))
    }
}
