import Crypto
import Testing
import TwostepCore

@Suite struct OTPAuthURIParseTests {
    private static let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    private func parse(_ text: String) throws(URIError) -> URIParts { try URIParts.parse(text) }

    private func refused(_ error: URIError, _ texts: String..., at location: SourceLocation = #_sourceLocation) {
        for text in texts {
            #expect(throws: error, "\(text)", sourceLocation: location) { try parse(text) }
        }
    }

    private func parts(_ change: (inout URIParts) -> Void = { _ in }) -> URIParts {
        var parts = URIParts()
        parts.issuer = []
        change(&parts)
        return parts
    }

    /// github.com/google/google-authenticator/wiki/Key-Uri-Format, both examples and its valid labels.
    @Test func `the format's own examples`() throws {
        let hello = Array("Hello!".utf8) + [0xde, 0xad, 0xbe, 0xef]
        let google = parts {
            $0.secret = hello
            $0.issuer = Array("Example".utf8)
            $0.account = Array("alice@google.com".utf8)
        }
        #expect(try parse("otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example") == google)
        let acme = parts {
            $0.secret = bytes(hex: "3dc6caa4824a6d288767b2331e20b43166cb85d9")
            $0.issuer = Array("ACME Co".utf8)
            $0.account = Array("john.doe@email.com".utf8)
        }
        let text =
            "otpauth://totp/ACME%20Co:john.doe@email.com?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&issuer=ACME%20Co"
            + "&algorithm=SHA1&digits=6&period=30"
        #expect(try parse(text) == acme)
        let labels = [
            ("Example:alice@gmail.com", "Example", "alice@gmail.com"),
            ("Provider1:Alice%20Smith", "Provider1", "Alice Smith"),
            ("Big%20Corporation%3A%20alice%40bigco.com", "Big Corporation", "alice@bigco.com"),
        ]
        for (label, issuer, account) in labels {
            let read = try parse("otpauth://totp/\(label)?secret=\(Self.secret)")
            #expect(read.issuer == Array(issuer.utf8) && read.account == Array(account.utf8))
        }
    }

    @Test func `defaults, cases and what is ignored`() throws {
        let secret = Self.secret
        #expect(try parse("otpauth://totp/alice?secret=\(secret)") == parts())
        #expect(try parse("OTPAuth://TOTP/alice?SECRET=\(secret.lowercased())&Algorithm=sha1") == parts())
        #expect(try parse("otpauth://totp/alice?secret=\(secret)%3D%3D==&image=http://x/%zz&&&lock&=1&x") == parts())
        #expect(try parse("otpauth://totp/alice?&period=030&secret=gezd%20gnbv-gy3t qojq GEZDGNBVGY3TQOJQ&") == parts())
        #expect(try parse("otpauth://totp/alice?secret=\(secret)&counter=x&counter=y") == parts())
        for (name, algorithm) in [("sha256", HashAlgorithm.sha256), ("SHA512", .sha512), ("Sha1", .sha1)] {
            #expect(
                try parse("otpauth://totp/alice?secret=\(secret)&algorithm=\(name)")
                    == parts { $0.algorithm = algorithm })
        }
        for digits in 6...8 {
            #expect(
                try parse("otpauth://totp/alice?digits=\(digits)&secret=\(secret)") == parts { $0.digits = digits })
        }
        for period in [15, 30, 60, 120] {
            let read = try parse("otpauth://totp/alice?secret=\(secret)&period=\(period)")
            #expect(read == parts { $0.kind = .totp(period: period) })
        }
        for counter: UInt64 in [0, 1, 1 << 32, 1 << 48] {
            let read = try parse("otpauth://hotp/alice?secret=\(secret)&counter=\(counter)&period=7")
            #expect(read == parts { $0.kind = .hotp(counter: counter) })
        }
    }

    @Test func `the issuer as a parameter counts more than in the label`() throws {
        func issuer(_ label: String, _ parameter: String) throws -> String {
            let read = try parse("otpauth://totp/\(label)?secret=\(Self.secret)\(parameter)")
            #expect(read.account == Array("alice".utf8))
            return String(decoding: read.issuer, as: UTF8.self)
        }
        #expect(try issuer("alice", "&issuer=Example") == "Example")
        #expect(try issuer("Old:alice", "&issuer=New") == "New")
        #expect(try issuer("Old:alice", "&issuer=") == "Old")
        #expect(try issuer("Old:alice", "&issuer") == "Old")
        #expect(try issuer("Old:alice", "") == "Old")
        #expect(try issuer(":alice", "") == "")
        #expect(try issuer("A%2BB+C:%20%20alice", "") == "A+B+C")
        #expect(try issuer("alice", "&issuer=Caf%C3%A9%20%26%20Co") == "Café & Co")
    }

    @Test func `what is no such URI`() {
        let secret = Self.secret
        refused(.notOTPAuth, "", "otpauth", "otpauth:/", "otpauth:totp/alice", "https://totp/alice?secret=\(secret)")
        refused(.notOTPAuth, " otpauth://totp/alice?secret=\(secret)", "otpauth-migration://offline?data=x")
        refused(.badKind, "otpauth://", "otpauth:///alice", "otpauth://steam/alice?secret=\(secret)")
        refused(.badKind, "otpauth://totpp/alice?secret=\(secret)", "otpauth://tot/a?secret=\(secret)")
        refused(.badKind, "otpauth://%74otp/alice?secret=\(secret)", "otpauth://user@totp/alice?secret=\(secret)")
        refused(.badLabel, "otpauth://totp", "otpauth://totp/", "otpauth://totp/?secret=\(secret)")
        refused(.badLabel, "otpauth://totp?secret=\(secret)", "otpauth://totp/A:B:c?secret=\(secret)")
        refused(.badLabel, "otpauth://totp/A:b%3Ac?secret=\(secret)")
        refused(.badAccount, "otpauth://totp/Example:?secret=\(secret)", "otpauth://totp/A:%20?secret=\(secret)")
        refused(.badAccount, "otpauth://totp/%FF?secret=\(secret)", "otpauth://totp/a%00b?secret=\(secret)")
        refused(.badAccount, "otpauth://totp/a%0Ab?secret=\(secret)", "otpauth://totp/%C2%9B31m?secret=\(secret)")
        refused(.badIssuer, "otpauth://totp/%C3:alice?secret=\(secret)&issuer=New")
        refused(.badIssuer, "otpauth://totp/alice?secret=\(secret)&issuer=a:b")
        refused(.badIssuer, "otpauth://totp/alice?secret=\(secret)&issuer=a%3Ab")
        refused(.badIssuer, "otpauth://totp/alice?secret=\(secret)&issuer=%1B%5D0;")
        refused(.badEncoding, "otpauth://totp/a%?secret=\(secret)", "otpauth://totp/a%4?secret=\(secret)")
        refused(.badEncoding, "otpauth://totp/a%4g?secret=\(secret)", "otpauth://totp/%+41?secret=\(secret)")
        refused(.badEncoding, "otpauth://totp/alice?secret=%", "otpauth://totp/alice?secret=\(secret)%3")
        refused(.badEncoding, "otpauth://totp/al\nice?secret=\(secret)", "otpauth://totp/alice?secret=\(secret)\n")
        refused(.badEncoding, "otpauth://totp/alice?secret=\(secret)\0", "otpauth://totp/alice?secret=\(secret)#x")
    }

    @Test func `parameters out of range`() {
        let base = "otpauth://totp/alice?secret=\(Self.secret)"
        let counted = "otpauth://hotp/alice?secret=\(Self.secret)"
        refused(.missingSecret, "otpauth://totp/alice", "otpauth://totp/alice?", "otpauth://totp/alice?issuer=secret")
        refused(.missingSecret, "otpauth://totp/alice?%73ecret=\(Self.secret)", "otpauth://totp/a?xsecret=AA")
        refused(.badSecret, "otpauth://totp/alice?secret=", "otpauth://totp/alice?secret")
        refused(.badSecret, "otpauth://totp/alice?secret=GEZDGNBVGY3TQO", "otpauth://totp/alice?secret=0123456789")
        refused(
            .badSecret, "otpauth://totp/alice?secret=\(Self.secret)M", "otpauth://totp/alice?secret=\(Self.secret)MZ")
        refused(.badSecret, "otpauth://totp/alice?secret=" + String(repeating: "A", count: 207))
        refused(.badSecret, "otpauth://totp/alice?secret=" + String(repeating: "A", count: 1500))
        refused(.badAlgorithm, base + "&algorithm=", base + "&algorithm=MD5", base + "&algorithm=SHA-1")
        refused(.badAlgorithm, base + "&algorithm=SHA2567", base + "&algorithm=SHA25", base + "&algorithm")
        refused(.badDigits, base + "&digits=", base + "&digits=5", base + "&digits=9", base + "&digits=+6")
        refused(.badDigits, base + "&digits=-6", base + "&digits=6.0", base + "&digits=18446744073709551622")
        refused(.badDigits, base + "&digits=%D9%A6", base + "&digits=6%00")
        refused(.badPeriod, base + "&period=", base + "&period=0", base + "&period=14", base + "&period=121")
        refused(.badPeriod, base + "&period=-30", base + "&period=30s", base + "&period=18446744073709551646")
        refused(.missingCounter, counted, counted + "&period=30")
        refused(.badCounter, counted + "&counter=", counted + "&counter=-1", counted + "&counter=0x1")
        refused(.badCounter, counted + "&counter=281474976710657", counted + "&counter=18446744073709551615")
        refused(.badCounter, counted + "&counter=18446744073709551616", counted + "&counter=99999999999999999999999")
    }

    @Test func `nothing that counts stands twice`() {
        let counted = "otpauth://hotp/alice?secret=\(Self.secret)&issuer=A&algorithm=SHA1&digits=6&counter=0"
        #expect(throws: Never.self) { try parse(counted) }
        for again in [
            "secret=\(Self.secret)", "issuer=A", "issuer", "algorithm=SHA1", "digits=6", "counter=0", "Digits=6",
        ] {
            refused(.duplicate, counted + "&" + again)
        }
        let timed = "otpauth://totp/alice?period=30&secret=\(Self.secret)"
        refused(.duplicate, timed + "&period=30", timed + "&PERIOD=")
    }

    @Test func `the longest text that is read`() throws {
        let base = "otpauth://totp/alice?secret=\(Self.secret)&x="
        let filler = String(repeating: "x", count: 2048 - base.utf8.count)
        #expect(try parse(base + filler) == parts())
        refused(.tooLong, base + filler + "x", String(repeating: "%", count: 1_000_000))
    }
}
