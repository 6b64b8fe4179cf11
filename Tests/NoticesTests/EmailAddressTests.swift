import Testing

@testable import Notices

struct EmailAddressTests {
    @Test(arguments: [
        "alice@example.org", "a.b+c@mail.example.org", "ALICE@Example.ORG", "x@xn--bcher-kva.example",
        "o'neil@example.org",
        "a@b", String(repeating: "a", count: 64) + "@example.org",
    ])
    func good(text: String) throws {
        let address = try #require(EmailAddress(text))
        #expect(address.text == text)
    }

    @Test(arguments: [
        "", "alice", "@example.org", "alice@", "alice@@example.org", "a@b@example.org", ".alice@example.org",
        "alice.@example.org",
        "a..b@example.org", "-oX@example.org", "alice@-example.org", "alice@example-.org", "alice@example..org",
        "alice@example.org.", "alice@[192.0.2.7]", "\"a b\"@example.org", "alice@example.org\n", "alice@exa mple.org",
        "alice@example.org\r\nBcc: bob@example.org", "alice,bob@example.org", "alice@example.org,bob@example.org",
        "Alice <alice@example.org>", "älice@example.org", "alice@bücher.example", "alice(x)@example.org",
        "a\\b@example.org",
        "alice@example.org\0", "|/bin/sh@example.org\t", ":include:/etc/passwd@example.org",
        String(repeating: "a", count: 65) + "@example.org", "a@" + String(repeating: "b.", count: 126) + "example",
    ])
    func bad(text: String) { #expect(EmailAddress(text) == nil) }

    @Test(arguments: [
        ("alice@web1", true), ("alice@localhost", true), ("a@localhost.example.org", true),
        ("a@web1.localdomain", true),
        ("alice@web1.example.org", true), ("alice@WEB1.example.org", true), ("alice@mail.example.org", true),
        ("alice@192.0.2.7", true), ("alice@example.org", false), ("alice@web2.example.org", false),
        ("alice@web1x.example.org", false),
    ])
    func whatStaysOnTheMachine(text: String, stays: Bool) throws {
        let address = try #require(EmailAddress(text))
        #expect(address.isDelivered(onMachineOf: ["web1", "mail.example.org", ""]) == stays)
    }

    @Test(arguments: [
        ("alice@web1.example.org", true), ("alice@web1.lan", true), ("alice@mail.example.net", true),
        ("alice@example.org", false), ("alice@mail.lan", false), ("alice@web2.example.org", false),
    ])
    func whatStaysOnAMachineWithADomain(text: String, stays: Bool) throws {
        let address = try #require(EmailAddress(text))
        let names = EmailAddress.names(ofHost: "web1.example.org", mailName: "mail.example.net")
        #expect(address.isDelivered(onMachineOf: names) == stays)
    }
}
