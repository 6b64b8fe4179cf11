import Testing

@testable import Doctor

struct SSHDTests {
    static let good = [
        "usepam": "yes", "kbdinteractiveauthentication": "yes", "passwordauthentication": "no",
        "authenticationmethods": "publickey,keyboard-interactive", "pubkeyauthoptions": "touch-required",
        "permitrootlogin": "no",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let changes: [String: String]
        let checks: [Check]
        var stack = SSHDJudge.Stack()
        var testDescription: String { "\(changes)" }
    }

    static let cases: [Case] = [
        Case(changes: [:], checks: []),
        Case(changes: ["usepam": "no"], checks: [.sshdPAMOff]),
        Case(changes: ["kbdinteractiveauthentication": "no"], checks: [.sshdKeyboardOff]),
        Case(
            changes: [
                "kbdinteractiveauthentication": "no", "passwordauthentication": "yes", "authenticationmethods": "any",
            ],
            checks: [.sshdKeyAlone], stack: SSHDJudge.Stack(forwardsPass: true)),
        Case(
            changes: ["passwordauthentication": "yes", "authenticationmethods": "any"],
            checks: [.sshdPasswordOn, .sshdKeyAlone]),
        Case(changes: ["passwordauthentication": "yes"], checks: []),
        Case(changes: ["authenticationmethods": "any"], checks: [.sshdKeyAlone]),
        Case(changes: ["authenticationmethods": "any", "pubkeyauthentication": "no"], checks: []),
        Case(changes: ["authenticationmethods": "publickey,publickey keyboard-interactive"], checks: [.sshdKeyAlone]),
        Case(changes: ["authenticationmethods": "publickey"], checks: [.sshdKeyAlone, .sshdMethodsOff]),
        Case(
            changes: ["authenticationmethods": "any", "pubkeyauthentication": "no", "gssapiauthentication": "yes"],
            checks: [.sshdOtherMethods]),
        Case(changes: ["logingracetime": "30"], checks: [.sshdGraceTime]),
        Case(changes: ["logingracetime": "1m"], checks: []),
        Case(changes: ["logingracetime": "0"], checks: []),
        Case(changes: ["permitrootlogin": "without-password"], checks: [.sshdRootMethods]),
        Case(
            changes: ["pubkeyauthoptions": "none"], checks: [.sshdTouch],
            stack: SSHDJudge.Stack(takesSecurityKeys: true)),
        Case(changes: ["pubkeyauthoptions": "none"], checks: []),
        Case(
            changes: [:], checks: [.sshdTouch],
            stack: SSHDJudge.Stack(takesSecurityKeys: true, asksPassword: false)),
        Case(
            changes: ["pubkeyauthoptions": "verify-required"], checks: [],
            stack: SSHDJudge.Stack(takesSecurityKeys: true, asksPassword: false)),
        Case(
            changes: ["authenticationmethods": "keyboard-interactive"], checks: [.sshdTouchMethods],
            stack: SSHDJudge.Stack(takesSecurityKeys: true)),
    ]

    @Test(arguments: cases) func finds(_ case: Case) {
        let settings = SSHDSettings(SSHDTests.good.merging(`case`.changes) { $1 })
        let found = SSHDJudge.judge(everybody: settings, others: [], `case`.stack, at: Place("/etc/ssh/sshd_config"))
        #expect(found.map(\.check) == `case`.checks, "\(found)")
    }

    @Test func whatHoldsForSomeIsSaidOfThem() {
        let good = SSHDSettings(SSHDTests.good)
        let bad = SSHDSettings(SSHDTests.good.merging(["kbdinteractiveauthentication": "no"]) { $1 })
        let found = SSHDJudge.judge(
            everybody: good, others: [("alice", bad), ("bob", good)], SSHDJudge.Stack(), at: Place("f"))
        #expect(found.map(\.check) == [.sshdKeyboardOff] && found[0].what.hasSuffix(", for alice"))
        let all = SSHDJudge.judge(everybody: bad, others: [("alice", bad)], SSHDJudge.Stack(), at: Place("f"))
        #expect(all.count == 1)
    }

    @Test func aKeyThatIsAskedForFirst() {
        let first: (String) -> Bool = { SSHDSettings(["authenticationmethods": $0]).keyComesBeforePAM }
        #expect(first("publickey,keyboard-interactive"))
        #expect(first("publickey,keyboard-interactive:pam publickey,password"))
        #expect(!first("publickey,keyboard-interactive keyboard-interactive"))
        #expect(!first("any") && !first("publickey") && !first("keyboard-interactive,publickey"))
    }

    @Test func theDumpOfSshd() {
        let settings = SSHDSettings(dump: "port 22\nusepam yes\nacceptenv LANG\nacceptenv LC_*\nbanner\n")
        #expect(settings["usepam"] == "yes" && settings["acceptenv"] == "lang" && settings["banner"] == "")
        #expect(SSHDSettings(dump: "challengeresponseauthentication no\n")["kbdinteractiveauthentication"] == "no")
    }

    @Test func theFileWithoutSshd() {
        let text = """
            # the first value counts
            Include /etc/ssh/sshd_config.d/*.conf
            UsePAM=yes
            usepam no
            PasswordAuthentication "no"   # comment
            KbdInteractiveAuthentication yes
            Match User bob,!eve Address 10.*
                KbdInteractiveAuthentication no
            Match Group staff
                PubkeyAuthentication no
            Match all
                LoginGraceTime 20
            """
        let files = ["/etc/ssh/sshd_config.d/*.conf": ["PermitRootLogin = yes\n", "PermitRootLogin no\n"]]
        let read: (String, String) -> SSHDSettings = { user, address in
            SSHDFile.read(text, for: SSHDFile.Login(user: user, address: address)) { files[$0] ?? [] }
        }
        let alice = read("alice", "10.0.0.1")
        #expect(
            alice["usepam"] == "yes" && alice["passwordauthentication"] == "no" && alice["permitrootlogin"] == "yes")
        #expect(alice["kbdinteractiveauthentication"] == "yes" && alice.graceTime == 20)
        #expect(alice["pubkeyauthentication"] == "yes")
        #expect(read("bob", "10.0.0.1")["kbdinteractiveauthentication"] == "no")
        #expect(read("bob", "192.0.2.1")["kbdinteractiveauthentication"] == "yes")
        #expect(SSHDFile.namedUsers(text) == ["bob"])
    }
}
