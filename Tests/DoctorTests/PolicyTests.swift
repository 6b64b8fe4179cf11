import Testing
import TwostepCore

@testable import Doctor

/// What policy and mail name, against a machine that is made up.
struct PolicyTests {
    typealias Case = SiteTests.Case

    /// 2026-11-26, noon.
    private static let now: Int64 = 1_795_694_400

    /// - Parameter services: the service files beside `chsh`, which asks for no code.
    private static func policy(
        _ text: String, now: Int64? = now, services: [String: String] = ["sshd": SiteTests.sshd]
    ) -> [Finding] {
        let bytes = Array(text.utf8)
        guard let configuration = try? Configuration.parse(bytes, address: { _ in nil }) else { return [] }
        let file = QuotedConfiguration(path: "/etc/twostep/twostep.conf", text: bytes)
        func look(_ known: String) -> ([UInt8]) -> PolicyJudge.NameLook {
            { name in
                switch String(decoding: name, as: UTF8.self) {
                case known: .known
                case "broken": .unavailable("EIO")
                default: .unknown
                }
            }
        }
        let texts = StackJudgeTests.common.merging(["chsh": SiteTests.password]) { $1 }.merging(services) { $1 }
        let site = PAMSite(PAMFolder(texts: texts))
        return PolicyJudge.judge(configuration, file, now: now, user: look("alice"), group: look("staff"))
            + PolicyJudge.judge(configuration, file, site)
    }

    private static func delivery(_ change: (inout DeliveryLook) -> Void) -> [Finding] {
        var look = DeliveryLook()
        change(&look)
        let place = Place("/etc/twostep/twostep.conf", 3)
        return DeliveryJudge.judge(look, at: place, socket: "/run/twostep/events")
            + DeliveryJudge.judgeAdmin(look, at: place) + DeliveryJudge.judgeSender(look, at: place)
    }

    private static let good = DeliveryLook.Hook("/etc/twostep/hooks.d/good", nil)

    static let cases: [Case] = [
        Case(testDescription: "nothing said", found: policy(""), checks: []),
        Case(
            testDescription: "groups that there are", found: policy("required = group:staff\nexempt = group:staff"),
            checks: []),
        Case(
            testDescription: "users and services that there are",
            found: policy("required = user:alice service:sshd\nexempt = user:alice service:sshd"), checks: []),
        Case(
            testDescription: "everybody, and networks", found: policy("required = all\nexempt = net:192.0.2.0/24"),
            checks: []),
        Case(
            testDescription: "required users with a slip", found: policy("required = user:alcie user:alice user:Alice"),
            checks: [.requiredUserUnknown, .requiredUserUnknown]),
        Case(
            testDescription: "a user who is called as a group", found: policy("required = user:staff group:alice"),
            checks: [.requiredUserUnknown, .requiredGroupUnknown]),
        Case(
            testDescription: "an exempt user with a slip", found: policy("exempt = user:alcie"),
            checks: [.exemptUserUnknown]),
        Case(
            testDescription: "a required service with a slip", found: policy("required = service:sshd service:ssh"),
            checks: [.requiredServiceUnknown]),
        Case(
            testDescription: "a required service that asks for no code", found: policy("required = service:chsh"),
            checks: [.requiredServiceUnknown]),
        Case(
            testDescription: "an exempt service with a slip", found: policy("exempt = service:ssh service:chsh"),
            checks: [.exemptServiceUnknown, .exemptServiceUnknown]),
        Case(
            testDescription: "services, and none that asks", found: policy("required = service:ssh", services: [:]),
            checks: []),
        Case(
            testDescription: "a required group that there is not", found: policy("required = user:alice group:gone"),
            checks: [.requiredGroupUnknown]),
        Case(
            testDescription: "two of them, and one that there is",
            found: policy("required = group:gone group:staff group:away"),
            checks: [.requiredGroupUnknown, .requiredGroupUnknown]),
        Case(
            testDescription: "an exempt group that there is not", found: policy("exempt = group:gone"),
            checks: [.exemptGroupUnknown]),
        Case(
            testDescription: "a name service that does not answer", found: policy("required = group:broken"),
            checks: [.accountsUnavailable]),
        Case(
            testDescription: "one that does not answer about accounts",
            found: policy("required = user:broken\nexempt = user:broken"),
            checks: [.accountsUnavailable, .accountsUnavailable]),
        Case(testDescription: "tomorrow", found: policy("enroll_by = 2026-11-27"), checks: []),
        Case(testDescription: "today", found: policy("enroll_by = 2026-11-26"), checks: []),
        Case(testDescription: "yesterday", found: policy("enroll_by = 2026-11-25"), checks: [.enrollByPast]),
        Case(testDescription: "in a year", found: policy("enroll_by = 2027-11-26"), checks: []),
        Case(testDescription: "later than that", found: policy("enroll_by = 2027-12-01"), checks: [.enrollByFar]),
        Case(testDescription: "without a clock", found: policy("enroll_by = 2026-11-25", now: nil), checks: []),
        Case(testDescription: "neither mail nor hooks", found: delivery { $0.isHeard = false }, checks: []),
        Case(
            testDescription: "mail, and all that it takes",
            found: delivery {
                $0.sendsMail = true
                $0.hooks = [good]
            }, checks: []),
        Case(
            testDescription: "mail that nobody hears of",
            found: delivery {
                $0.sendsMail = true
                $0.isHeard = false
            }, checks: [.eventsUnheard]),
        Case(
            testDescription: "hooks that nobody hears of",
            found: delivery {
                $0.hooks = [good]
                $0.isHeard = false
            }, checks: [.eventsUnheard]),
        Case(
            testDescription: "no program for mail",
            found: delivery {
                $0.sendsMail = true
                $0.hasMailProgram = false
            }, checks: [.mailProgramMissing]),
        Case(
            testDescription: "administrators who are nobody here",
            found: delivery {
                $0.sendsMail = true
                $0.adminUnknown = "ops"
            }, checks: [.mailAdminUnknown]),
        Case(testDescription: "the same, and no mail", found: delivery { $0.adminUnknown = "ops" }, checks: []),
        Case(testDescription: "no program, and no mail", found: delivery { $0.hasMailProgram = false }, checks: []),
        Case(
            testDescription: "hooks that are not run",
            found: delivery {
                $0.isHeard = false
                $0.hooks = [
                    DeliveryLook.Hook("a", .notExecutable), DeliveryLook.Hook("b", .name),
                    DeliveryLook.Hook("c", .unsafe("owner")),
                ]
            }, checks: [.hookNotRun, .hookNotRun, .hookUnsafe]),
        Case(testDescription: "codes, and a program for them", found: delivery { $0.sender = good }, checks: []),
        Case(
            testDescription: "codes that nobody hears of",
            found: delivery {
                $0.sender = good
                $0.isHeard = false
            }, checks: [.eventsUnheard]),
        Case(
            testDescription: "no program for codes",
            found: delivery { $0.sender = DeliveryLook.Hook("/a", .notExecutable) }, checks: [.deliverProgram]),
        Case(
            testDescription: "a program for codes that others could change",
            found: delivery { $0.sender = DeliveryLook.Hook("/a", .unsafe("owner")) }, checks: [.deliverUnsafe]),
        Case(
            testDescription: "a slip in deliver_command", found: delivery { $0.senderInvalid = "x:3: bad" },
            checks: [.deliverInvalid]),
    ]

    @Test(arguments: cases) func finds(_ row: Case) {
        #expect(row.found.map(\.check) == row.checks)
    }

    @Test(arguments: [
        ("ops: alice\n", true), ("Ops : alice\n", true), ("\"ops\": alice", true), ("# ops: alice\n", false),
        ("root: ops\n", false), ("ops2: alice\n", false), ("", false), ("root: a\nops:root", true),
    ])
    func aliases(text: String, has: Bool) {
        #expect(DeliveryJudge.hasAlias("ops", in: Array(text.utf8)) == has)
    }

    @Test func theLineIsNamed() {
        #expect(PolicyTests.policy("# a\nrequired = group:gone").first?.place?.line == 2)
        #expect(PolicyTests.policy("\n\nenroll_by = 2026-11-25").first?.place?.line == 3)
    }
}
