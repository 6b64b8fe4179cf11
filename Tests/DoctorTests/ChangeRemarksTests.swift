import Testing
import TwostepCore

@testable import Doctor

/// What is told with a change to a service file.
struct ChangeRemarksTests {
    /// 2026-11-26, noon.
    private static let now: Int64 = 1_795_694_400
    private static let refused = "Who is not enrolled is refused here"

    private func lines(
        _ arguments: [String], _ configuration: String = "", _ stack: String = "@include common-auth\n"
    ) throws -> [String] {
        let service = try #require(StackJudgeTests.service(stack))
        let options = try ModuleOptions.parse(arguments.map { Array($0.utf8) })
        let read = try Configuration.parse(Array(configuration.utf8), address: { _ in nil })
        return ChangeRemarks.lines(options, read, now: ChangeRemarksTests.now, service)
    }

    @Test(arguments: [
        ([], "", "."), ([], "required = none", "."), ([], "enroll_by = 2027-01-31", "."), (["nullok"], "", "."),
        (["nullok"], "enroll_by = 2026-11-25", "."), (["required"], "exempt = user:root", "."),
        ([], "exempt = user:root", ", unless exempt."),
        ([], "enroll_at_login = code", ", unless they enrol at the login."),
        (["nullok"], "enroll_at_login = yes\nexempt = user:a", ", unless exempt, or they enrol at the login."),
    ])
    func whoIsRefused(arguments: [String], configuration: String, end: String) throws {
        let told = try lines(arguments, configuration)
        #expect(told == [ChangeRemarksTests.refused + end])
        #expect(told.allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: ["required = none", "required = group:staff", "enroll_by = 2026-11-26"])
    func whereSomeMayPassNothingIsTold(configuration: String) throws {
        #expect(try lines(["nullok"], configuration).isEmpty)
    }

    @Test func whatElseAsksIsNamed() throws {
        let own = "# old\n@include common-auth\nauth required /lib/security/pam_google_authenticator.so nullok\n"
        #expect(
            try lines(["nullok"], "required = none", own) == [
                "Also asks: pam_google_authenticator.so (line 3)",
                "That stays: take it out by hand, or people are asked for a code twice.",
            ])
        let folder = PAMFolder(texts: ["sshd": "auth include old\n", "old": "auth required pam_oath.so\n"])
        let service = try #require(PAMService.load("sshd", from: folder))
        let told = ChangeRemarks.lines(ModuleOptions(), Configuration(), now: nil, service)
        #expect(told.first == "Also asks: pam_oath.so (/etc/pam.d/old:1)")
        #expect(told.count == 3)
    }
}
