import Testing
import TwostepCore

@testable import Notices

struct MailSettingsTests {
    private func settings(_ text: String) throws(ConfigurationError) -> MailSettings {
        try MailSettings(Array(text.utf8))
    }

    private func event(_ text: String) throws -> LoggedEvent { try #require(LoggedEvent.parse(Array(text.utf8))) }

    @Test func nothingIsMailedUnlessSaid() throws {
        let none = try settings("store = /x\n# mail = a@b\n")
        #expect(none == MailSettings())
        #expect(none.hearers(of: try event("event=disabled user=alice by=0")) == [])
    }

    @Test func everySetting() throws {
        let all = try settings(
            "mail = twostep@example.org\nmail_command = /usr/bin/msmtp  --file=/etc/msmtprc\nmail_admin = root\n")
        #expect(all.sender?.text == "twostep@example.org")
        #expect(all.command == ["/usr/bin/msmtp", "--file=/etc/msmtprc"])
        #expect(all.admin == "root")
        for (line, hearers) in [
            ("event=accepted method=backup-code user=alice left=3", [Hearer.owner]),
            ("event=accepted method=sent-code user=alice", [.owner]), ("event=accepted method=totp user=alice", []),
            ("event=refused reason=locked user=alice", [.owner]), ("event=refused reason=wrong-code user=alice", []),
            ("event=disabled user=alice by=0", [.owner, .admin]),
            ("event=error reason=key-missing user=alice", [.admin]),
            ("event=error reason=conversation-failed user=alice", []),
        ] {
            #expect(all.hearers(of: try event(line)) == hearers, "\(line)")
        }
    }

    @Test(arguments: [
        ("none", [Selector](), [Selector]()), ("owner", Catalogue.ownerHears, []), ("admin", [], Catalogue.adminHears),
        ("owner:enrolled  admin:refused/wrong-code", [Selector("enrolled")], [Selector("refused", "wrong-code")]),
        ("owner owner:accepted", Catalogue.ownerHears + [Selector("accepted")], []),
    ])
    func notify(text: String, owner: [Selector], admin: [Selector]) throws {
        let settings = try settings("notify = \(text)")
        #expect(settings.owner == owner)
        #expect(settings.administrators == admin)
    }

    @Test(arguments: [
        "mail = yes", "mail = a@b@c", "mail =", "mail_command = sendmail", "mail_command =", "mail_admin = a b",
        "mail_admin =",
        "mail_admin = -x", "notify =", "notify = everybody", "notify = owner:nothing", "notify = owner:",
        "notify = owner:accepted/",
        "notify = owner:accepted/A", "notify = owner:accepted/a/b", "notify = owner,admin",
    ])
    func badValues(line: String) {
        #expect(throws: ConfigurationError.self) { try settings("store = /x\n\(line)\n") }
        do throws(ConfigurationError) { _ = try settings("store = /x\n\(line)\n") } catch {
            #expect(error.line == 2)
            #expect(error.badValueText.contains("'\(line.prefix { $0 != " " })'"))
        }
    }
}
