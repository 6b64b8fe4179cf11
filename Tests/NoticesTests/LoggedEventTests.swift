import Testing
import TwostepCore

@testable import Notices

/// The log read back: what `EventLine` writes, and nothing else.
struct LoggedEventTests {
    private func parse(_ text: String) -> LoggedEvent? { LoggedEvent.parse(Array(text.utf8)) }

    @Test func aDecisionOfTheModule() throws {
        let event = try #require(
            parse("pam_twostep(sshd:auth): event=accepted method=totp user=alice rhost=192.0.2.7 token=\"my phone\""))
        #expect(event.service == "sshd")
        #expect(event.name == "accepted")
        #expect(event["token"] == "my phone")
        #expect(event["left"] == nil)
        #expect(event.fields.map(\.name) == ["event", "method", "user", "rhost", "token"])
    }

    @Test func aLineOfTheTool() throws {
        let event = try #require(parse("event=unlocked user=alice by=0"))
        #expect(event.service == nil)
        #expect(event["by"] == "0")
    }

    /// Whatever value was written is read, byte by byte.
    @Test func everyByteComesBack() throws {
        var values =
            (0...255).map { [UInt8($0)] } + [Array("a b".utf8), Array("\"\\x41".utf8), Array("é\u{202e}".utf8)]
        values += [[UInt8](repeating: 0x61, count: 256), [UInt8](repeating: 0, count: 256)]
        for value in values {
            var line = EventLine(.refused, severity: .notice)
            line.add("user", value)
            line.add("rhost", "192.0.2.7")
            let event = try #require(LoggedEvent.parse(line.text))
            #expect(event.fields.map(\.value) == [Array("refused".utf8), value, Array("192.0.2.7".utf8)])
        }
    }

    @Test func aValueThatWasCutSaysSo() throws {
        var line = EventLine(.refused, severity: .notice)
        line.add("rhost", [UInt8](repeating: 0x61, count: 3000))
        let event = try #require(LoggedEvent.parse(line.text))
        #expect(event["rhost"] == String(repeating: "a", count: 256) + "...")
    }

    @Test(arguments: [
        "", "event", "event=", "user=alice event=accepted", "event=accepted ", "event=accepted  user=a",
        " event=accepted",
        "event=accepted user=\"alice\"", "event=accepted user=\"a b", "event=accepted user=\"a b\"x",
        "event=accepted user=\"\\x41\"", "event=accepted user=\"\\x0A\"", "event=accepted user=\"\\n\"",
        "event=accepted user=a=b", "event=accepted user=a user=b", "event=Accepted", "event=\"a b\"",
        "event=accepted User=a",
        "pam_twostep(sshd:auth):event=accepted", "pam_twostep(sshd): event=accepted",
        "pam_twostep(sshd:auth: event=accepted",
        "pam_twostep(a b:auth): event=accepted", "pam_twostep(:auth): event=accepted",
        "pam_unix(sshd:auth): event=accepted",
        "Invalid user pam_twostep(sshd:auth): event=accepted", "x event=accepted user=alice",
    ])
    func nothingElseIsAnEvent(text: String) { #expect(parse(text) == nil) }

    @Test func aServiceMayHaveAnyName() throws {
        #expect(try #require(parse("pam_twostep(\"a b\":auth): event=ignored")).service == "a b")
    }
}
