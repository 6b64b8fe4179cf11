import Testing

@testable import Doctor

/// Stacks as they are found on machines, and what is wrong with each.
struct StackJudgeTests {
    static let common = [
        "common-auth": """
        auth\t[success=1 default=ignore]\tpam_unix.so nullok
        auth\trequisite\t\t\tpam_deny.so
        auth\trequired\t\t\tpam_permit.so
        auth\toptional\t\t\tpam_cap.so
        """,
        "password-auth": """
        auth  required    pam_env.so
        auth  sufficient  pam_unix.so nullok
        auth  required    pam_deny.so
        """,
        "common-account": "account required pam_permit.so\n",
        "other": "auth required pam_deny.so\n",
    ]

    static func service(_ text: String, _ name: String = "sshd") -> PAMService? {
        PAMService.load(name, from: PAMFolder(texts: common.merging([name: text]) { $1 }))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let checks: [Check]
        var name = "sshd"
        var line: Int?

        var testDescription: String { "\(name): \(text.replacing("\n", with: "; "))" }
    }

    static let cases: [Case] = [
        Case(text: "@include common-auth\nauth required pam_twostep.so\n", checks: []),
        Case(text: "auth include common-auth\nauth requisite pam_twostep.so debug\n", checks: []),
        Case(
            text: "auth sufficient pam_rootok.so\n@include common-auth\nauth required pam_twostep.so\n", checks: [],
            name: "su"),
        Case(text: "auth required pam_twostep.so forward_pass\n@include common-auth\n", checks: [], name: "i3lock"),
        Case(text: "@include common-auth\nauth required pam_twostep.so nullok\n", checks: []),
        Case(
            text: "auth optional pam_faildelay.so\nauth requisite pam_nologin.so\n@include common-auth\n"
                + "auth required pam_twostep.so\nauth optional pam_group.so\n", checks: [], name: "login"),
        Case(
            text: "auth requisite pam_unix.so\nauth required pam_twostep.so nullok\nauth required pam_permit.so\n",
            checks: []),
        Case(
            text: "auth [success=ok new_authtok_reqd=ok ignore=ignore default=die] pam_unix.so\n"
                + "auth [success=ok ignore=ignore default=bad] pam_twostep.so\n", checks: []),

        // Another module's code.
        Case(
            text: "@include common-auth\nauth required pam_twostep.so\n"
                + "auth required pam_google_authenticator.so nullok\n",
            checks: [.pamOtherCode], line: 3),
        Case(
            text: "@include common-auth\nauth required /lib/security/pam_oath.so\nauth required pam_twostep.so\n",
            checks: [.pamOtherCode], line: 2),

        // The code is passed by.
        Case(text: "auth include password-auth\nauth required pam_twostep.so\n", checks: [.pamSkipped]),
        Case(
            text: "auth sufficient pam_unix.so\nauth required pam_twostep.so\n",
            checks: [.pamSkipped, .pamCodeSuffices], line: 1),
        Case(
            text: "auth [success=done default=die] pam_sss.so\nauth required pam_twostep.so\n", checks: [.pamSkipped],
            line: 1),
        Case(
            text: "auth [success=2 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n"
                + "auth required pam_twostep.so\nauth required pam_permit.so\n", checks: [.pamSkipped], line: 1),
        Case(
            text: "@include common-auth\nauth [success=1 default=ignore] pam_succeed_if.so user ingroup staff\n"
                + "auth required pam_twostep.so\n", checks: [.pamSkippedForSome], line: 2),
        Case(
            text: "@include common-auth\nauth [success=1 default=ignore] pam_permit.so\nauth required pam_twostep.so\n",
            checks: [.pamSkipped]),
        Case(
            text: "auth sufficient pam_fprintd.so\n@include common-auth\nauth required pam_twostep.so\n",
            checks: [.pamSkippedForSome], line: 1),
        Case(
            text: "auth sufficient pam_rootok.so\n@include common-auth\nauth required pam_twostep.so\n",
            checks: [.pamSkippedForSome], line: 1),

        // The code does not count.
        Case(text: "@include common-auth\nauth optional pam_twostep.so\n", checks: [.pamMeaningless], line: 2),
        Case(text: "@include common-auth\nauth sufficient pam_twostep.so\n", checks: [.pamMeaningless], line: 2),
        Case(text: "@include common-auth\nauth [default=ignore] pam_twostep.so\n", checks: [.pamMeaningless], line: 2),
        Case(
            text: "@include common-auth\nauth [success=ok authinfo_unavail=ignore default=die] pam_twostep.so\n",
            checks: [.pamMeaningless], line: 2),
        Case(
            text: "@include common-auth\nauth sufficient pam_twostep.so\nauth required pam_deny.so\n", checks: []),
        Case(
            text: "@include common-auth\nauth sufficient pam_twostep.so\nauth required pam_permit.so\n",
            checks: [.pamMeaningless], line: 2),
        Case(
            text: "auth sufficient pam_twostep.so\n@include common-auth\n",
            checks: [.pamMeaningless, .pamCodeSuffices], line: 1),

        // Nobody gets in.
        Case(
            text: "@include common-auth\nauth required pam_twostep.so\nauth required pam_deny.so\n",
            checks: [.pamNobody], line: 3),
        Case(
            text: "@include common-auth\nauth [success=die default=bad] pam_twostep.so\n", checks: [.pamNobody], line: 2
        ),
        Case(
            text: "auth required pam_twostep.so use_first_pass\n@include common-auth\n",
            checks: [.pamFirstPass, .pamBeforePassword], line: 1),
        Case(
            text: "@include common-auth\nauth required pam_twostep.so\nauth required pam_twostep.so\n",
            checks: [.pamTwice], line: 3),
        Case(text: "@include common-auth\nauth required pam_twostep.so nullokay\n", checks: [.pamArgument], line: 2),
        Case(
            text: "@include common-auth\nauth required pam_twostep.so nullok required\n", checks: [.pamArgument],
            line: 2),
        Case(text: "@include comon-auth\nauth required pam_twostep.so\n", checks: [.pamIncludeMissing], line: 1),
        Case(
            text: "auth include comon-auth\nauth required pam_twostep.so\n",
            checks: [.pamIncludeMissing, .pamNobody, .pamNoPassword],
            line: 1),
        Case(
            text: "auth include sshd\nauth required pam_twostep.so\n",
            checks: [.pamIncludeMissing, .pamNobody, .pamNoPassword]),
        Case(
            text: "@include common-auth\nauth require pam_twostep.so\n", checks: [.pamNobody], line: 2),
        Case(
            text: "@include common-auth\nauht required pam_twostep.so\nauth required pam_twostep.so\n",
            checks: [.pamLineBroken, .pamNobody], line: 2),
        Case(text: "@include\nauth required pam_twostep.so\n", checks: [.pamLineBroken], line: 1),
        Case(text: "auth required pam_twostep.so \\", checks: [.pamLineBroken], line: 1),

        // The order.
        Case(
            text: "auth substack common-auth\nauth required pam_twostep.so\n", checks: [.pamAfterWrongPassword], line: 1
        ),
        Case(
            text: "auth substack password-auth\nauth required pam_twostep.so\n", checks: [.pamAfterWrongPassword],
            line: 1),
        Case(
            text: "auth required pam_unix.so\nauth required pam_twostep.so\n", checks: [.pamAfterWrongPassword], line: 1
        ),
        Case(text: "auth required pam_twostep.so\n@include common-auth\n", checks: [.pamBeforePassword], line: 1),
        Case(
            text: "@include common-auth\nauth required pam_twostep.so forward_pass\n", checks: [.pamForwardPassLate],
            line: 2),
        Case(
            text: "@include common-auth\nauth required pam_twostep.so\n", checks: [.pamOneField], name: "swaylock",
            line: 2),

        // Without a record, without a password.
        Case(text: "auth required pam_twostep.so nullok\n", checks: [.pamNullokDenied, .pamNoPassword], line: 1),
        Case(
            text: "auth required pam_twostep.so nullok\nauth required pam_permit.so\n",
            checks: [.pamNothingAsked, .pamNoPassword], line: 1),
        Case(text: "auth required pam_twostep.so\n", checks: [.pamNoPassword], line: 1),
        Case(
            text: "auth [success=1 default=die] pam_unix.so\nauth required pam_deny.so\n"
                + "auth required pam_twostep.so nullok\n", checks: [.pamNullokDenied], line: 3),

        // Other stacks.
        Case(
            text: "@include common-auth\nauth required pam_twostep.so\naccount required pam_twostep.so\n",
            checks: [.pamWrongStack], line: 3),
        Case(
            text: "@include common-auth\npassword optional pam_twostep.so\n", checks: [.pamWrongStack], line: 2),
        Case(text: "@include common-auth\nauth required pam_twostep.so\nsession optional pam_twostep.so\n", checks: []),
    ]

    @Test(arguments: cases) func finds(_ case: Case) throws {
        let service = try #require(StackJudgeTests.service(`case`.text, `case`.name))
        let found = StackJudge.judge(service)
        let checks = [Check](found.map(\.check)).reduce(into: [Check]()) { if !$0.contains($1) { $0.append($1) } }
        #expect(Set(checks) == Set(`case`.checks), "\(found)")
        if let line = `case`.line {
            let places = found.filter { `case`.checks.contains($0.check) }.compactMap(\.place)
            #expect(places.contains(Place("/etc/pam.d/\(`case`.name)", line)), "\(found)")
        }
        for finding in found { #expect(!finding.cure.isEmpty && !finding.what.hasSuffix("."), "\(finding)") }
    }

    @Test func aModuleThatIsNotThere() throws {
        let service = try #require(
            StackJudgeTests.service("@include common-auth\n-auth required pam_twostep.so\n"))
        let context = StackContext(isPresent: { $0 != Array("pam_twostep.so".utf8) })
        #expect(StackJudge.judge(service, context).map(\.check) == [.moduleMissing])
        let other = StackContext(isPresent: { $0 != Array("pam_unix.so".utf8) })
        #expect(StackJudge.judge(service, other).map(\.check).contains(.pamNobody))
    }

    /// Who reaches the code with a wrong password could enrol for somebody else.
    @Test(arguments: [
        "auth substack common-auth\nauth required pam_twostep.so\n",
        "auth required pam_twostep.so\n@include common-auth\n",
    ])
    func whereAPhoneIsEnrolledAtALoginThePasswordMustBeRight(_ text: String) throws {
        let service = try #require(StackJudgeTests.service(text))
        #expect(StackJudge.judge(service).map(\.severity) == [.warning])
        #expect(StackJudge.judge(service, StackContext(enrolsAtLogin: true)).map(\.severity) == [.error])
    }

    @Test func aPlaceWithAWarningIsToldAndOneWithAnErrorRefused() throws {
        let texts = StackJudgeTests.common.merging(["sshd": "auth substack common-auth\n"]) { $1 }
        let folder = PAMFolder(texts: texts)
        let placed = try PAMChange.enabling("sshd", arguments: [], in: folder) { _ in StackContext() }
        #expect(placed.warnings.map(\.check).contains(.pamAfterWrongPassword))
        #expect(throws: PAMChange.Refusal.self) {
            try PAMChange.enabling("sshd", arguments: [], in: folder) { _ in StackContext(enrolsAtLogin: true) }
        }
    }

    @Test func aNoteThatSaysNothingIsDueAtOnce() {
        #expect(PendingChange.unreadable("sshd").secondsLeft(boot: "now", sinceBoot: 1) == 0)
    }

    @Test func aKeyBeforeTheStackIsAsGoodAsAPassword() throws {
        let service = try #require(StackJudgeTests.service("auth required pam_twostep.so\n"))
        #expect(StackJudge.judge(service, StackContext(keyComesFirst: true)).isEmpty)
    }

    @Test func whomThePolicyExemptsMustGetInToo() throws {
        let service = try #require(StackJudgeTests.service("auth required pam_twostep.so\n"))
        let found = StackJudge.judge(service, StackContext(keyComesFirst: true, exempts: true))
        #expect(found.map(\.check) == [.pamNullokDenied])
    }

    /// What was not looked at is not vouched for.
    @Test func aStackOfTooManyWaysIsToldOf() throws {
        let service = try #require(StackJudgeTests.service("@include common-auth\nauth required pam_twostep.so\n"))
        #expect(!StackJudge.judge(service).contains { $0.check == .pamTooLarge })
        let findings = StackJudge.judge(service, StackContext(stateLimit: 3))
        #expect(findings.contains { $0.check == .pamTooLarge && $0.severity == .error })
        #expect(findings.allSatisfy { $0.severity == .error })
    }
}
