import Testing
import TwostepCore

@testable import Notices

/// What the configuration says of codes that the site sends, and how one is asked for.
struct DeliverySettingsTests {
    private func command(_ text: String) throws -> [String]? { try DeliverySettings(Array(text.utf8)).command }

    @Test func aProgramAndItsWords() throws {
        #expect(try command("") == nil && command("deliver_command = no\n") == nil)
        #expect(try command("# deliver_command = /x\nmail_command = nonsense\n") == nil)
        #expect(try command("deliver_command = /usr/local/sbin/sms") == ["/usr/local/sbin/sms"])
        #expect(
            try command("deliver_command =  /opt/sms\t--from  'Example Ltd'") == [
                "/opt/sms", "--from", "'Example", "Ltd'",
            ])
    }

    @Test(arguments: ["", "yes", "No", "sms", "./sms", "/a/../sms", "/", "no /usr/bin/sms"])
    func anythingElseIsRefused(_ value: String) {
        #expect {
            try DeliverySettings(Array("mail = no\ndeliver_command = \(value)\n".utf8))
        } throws: { error in
            guard let error = error as? ConfigurationError else { return false }
            return error.line == 2 && error.expected == .deliverCommand
                && error.badValueText.hasPrefix("bad value for 'deliver_command': program that sends one-time codes")
        }
    }

    @Test(arguments: ["alice", "a b", "-rf", "\u{e9}", "a\"\nb=c"])
    func aRequestComesBack(user: String) {
        let request = DeliverRequest(user: Array(user.utf8))
        let line = request.line
        #expect(line.last == 0x0A && line.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        #expect(DeliverRequest.parse(Array(line.dropLast())) == request)
        #expect(request.isArgument == (user == "alice" || user == "\u{e9}"))
    }

    @Test(arguments: [
        "", "deliver=code", "deliver=code user=", "deliver=mail user=alice", "deliver=code user=alice to=bob",
        "user=alice deliver=code", "event=code user=alice", "deliver=code user=alice ", "deliver=code user=\"alice\"",
    ])
    func whatIsNoRequest(_ line: String) { #expect(DeliverRequest.parse(Array(line.utf8)) == nil) }
}
