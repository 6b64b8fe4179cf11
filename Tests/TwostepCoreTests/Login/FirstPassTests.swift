import Testing

@testable import TwostepCore

/// Codes that a module before ours was told, and codes typed behind a password.
struct FirstPassTests {
    private let prompt = "Verification code: "
    private let both = "Password and verification code: "
    private let wrong = "12345678"

    private func play(_ steps: [Step], _ request: LoginRequest, record: consuming Record? = nil) throws -> PlayedLogin {
        var store = try Sample.store(try record ?? Sample.record(backupCodes: [Sample.backupCode]))
        return playLogin(steps, request, &store)
    }

    // MARK: try_first_pass

    @Test(arguments: [Sample.code, " 0708 1804 "]) func aCodeThatIsThereIsTaken(answer: String) throws {
        let played = try play([.firstPass(answer)], Sample.request(firstPass: .first))
        #expect(played.outcome == accepted(.totp, left: 1))
    }

    @Test func soIsAPrintedBackupCode() throws {
        let told: [Step] = [
            .info("twostep: backup code accepted, 0 left"),
            .info("twostep: ask your administrator for new backup codes"),
        ]
        let played = try play([.firstPass(Sample.backupCode)] + told, Sample.request(firstPass: .first))
        #expect(played.outcome == accepted(.backupCode, "", left: 0))
    }

    /// A password that happens to have eight letters would otherwise be hashed, refused, and make others wait.
    @Test(arguments: [
        "password", "7K3M9QXZ", "7k3m 9qxz", "correct horse", "", "12345", "secret123456", "pass-word!", "AAAA-BBBU",
        "1234-56789", "0000-00001",
    ])
    func aPasswordIsNotJudged(password: String) throws {
        let steps: [Step] = [.firstPass(password), .prompt(prompt, answer: Sample.code)]
        var store = try Sample.store(Sample.record(backupCodes: [Sample.backupCode]))
        let played = playLogin(steps, Sample.request(firstPass: .first), &store)
        #expect(played.outcome == accepted(.totp, left: 1) && played.reports.count == 1)
        let log = store.log
        #expect(log == ["locked", "written"])
    }

    @Test func whereItIsWrongOrMissingThePersonIsAsked() throws {
        let asked = Step.prompt(prompt, answer: Sample.code)
        let wrongFirst = try play([.firstPass(wrong), asked], Sample.request(firstPass: .first))
        #expect(wrongFirst.outcome == accepted(.totp, left: 1))
        #expect(wrongFirst.reports.map(\.outcome) == [.refused(.wrongCode), accepted(.totp, left: 1)])
        let missing = try play([.firstPass(nil), asked], Sample.request(firstPass: .first))
        #expect(missing.outcome == accepted(.totp, left: 1))
        // What was there does not count as one of the tries.
        let thrice: [Step] = [.firstPass(wrong), .prompt(prompt, answer: wrong), asked]
        #expect(try play(thrice, Sample.request(tries: 2, firstPass: .first)).outcome == accepted(.totp, left: 1))
    }

    // MARK: use_first_pass

    @Test func nobodyIsAsked() throws {
        let request = Sample.request(tries: 5, firstPass: .only)
        #expect(try play([.firstPass(Sample.code)], request).outcome == accepted(.totp, left: 1))
        #expect(try play([.firstPass(wrong)], request).outcome == .refused(.wrongCode))
        #expect(try play([.firstPass("correct horse")], request).outcome == .refused(.malformed))
        #expect(try play([.firstPass("")], request).outcome == .refused(.malformed))
        #expect(try play([.firstPass(nil)], request).outcome == .noAnswer)
    }

    @Test func thereABackupCodeNeedsNoDash() throws {
        let told: [Step] = [
            .info("twostep: backup code accepted, 0 left"),
            .info("twostep: ask your administrator for new backup codes"),
        ]
        let played = try play([.firstPass("7k3m9qxz")] + told, Sample.request(firstPass: .only))
        #expect(played.outcome == accepted(.backupCode, "", left: 0))
    }

    // MARK: forward_pass

    @Test func passwordAndCodeAreTakenApart() throws {
        let request = Sample.request(forwardPass: true, digits: 8)
        for password in ["correct horse", "", "99999999", "p-ABCD", "über"] {
            let steps: [Step] = [.prompt(both, answer: password + Sample.code), .left(password)]
            #expect(try play(steps, request).outcome == accepted(.totp, left: 1))
        }
    }

    @Test func aBackupCodeStandsThereAsItIsPrinted() throws {
        let request = Sample.request(forwardPass: true)
        let steps: [Step] = [
            .prompt(both, answer: "correct horse" + Sample.backupCode), .left("correct horse"),
            .info("twostep: backup code accepted, 0 left"),
            .info("twostep: ask your administrator for new backup codes"),
        ]
        #expect(try play(steps, request).outcome == accepted(.backupCode, "", left: 0))
    }

    @Test func whereNoCodeStandsThePasswordIsLeftAndNobodyGetsIn() throws {
        for answer in ["correct horse", "", "correct12345", "password"] {
            let steps: [Step] = [.prompt(both, answer: answer), .left(answer)]
            #expect(try play(steps, Sample.request(forwardPass: true)).outcome == .refused(.malformed))
        }
    }

    @Test func whoeverCannotLeaveThePasswordGetsNoAnswer() throws {
        let steps: [Step] = [.prompt(both, answer: "pw" + Sample.code), .leavingFails("pw")]
        #expect(try play(steps, Sample.request(tries: 3, forwardPass: true, digits: 8)).outcome == .noAnswer)
    }

    @Test func withAFirstPassThatIsTakenApart() throws {
        for firstPass in [ModuleOptions.FirstPass.first, .only] {
            let request = Sample.request(firstPass: firstPass, forwardPass: true, digits: 8)
            let steps: [Step] = [.firstPass("pw" + Sample.code), .left("pw")]
            #expect(try play(steps, request).outcome == accepted(.totp, left: 1))
        }
        let request = Sample.request(firstPass: .first, forwardPass: true, digits: 8)
        let again: [Step] = [
            .firstPass("pw" + wrong), .left("pw"), .prompt(both, answer: "pw" + Sample.code), .left("pw"),
        ]
        #expect(try play(again, request).outcome == accepted(.totp, left: 1))
    }
}
