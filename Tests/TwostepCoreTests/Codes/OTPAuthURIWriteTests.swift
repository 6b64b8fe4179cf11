import Crypto
import Foundation
import Testing
import TwostepCore

@Suite struct OTPAuthURIWriteTests {
    @Test func `everything but defaults is written out`() throws {
        var parts = URIParts()
        #expect(
            try parts.written()
                == "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example")
        parts.kind = .totp(period: 60)
        #expect(
            try parts.written()
                == "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&period=60")
        parts.issuer = Array("ACME Co".utf8)
        parts.account = Array("john.doe@email.com".utf8)
        parts.algorithm = .sha512
        parts.digits = 8
        parts.kind = .hotp(counter: 1 << 48)
        #expect(
            try parts.written()
                == "otpauth://hotp/ACME%20Co:john.doe%40email.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=ACME%20Co&algorithm=SHA512&digits=8&counter=281474976710656")
        parts.issuer = []
        parts.account = Array("Zoë/%&=?+#".utf8)
        parts.algorithm = .sha256
        parts.digits = 7
        parts.kind = .hotp(counter: 0)
        #expect(
            try parts.written()
                == "otpauth://hotp/Zo%C3%AB%2F%25%26%3D%3F%2B%23?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&algorithm=SHA256&digits=7&counter=0")
    }

    /// An independent reader of URIs: Foundation's.
    @Test func `Foundation reads what we write`() throws {
        var generator = SeededGenerator(seed: 3986)
        for _ in 0..<200 {
            let parts = URIParts(using: &generator)
            let text = try parts.written()
            #expect(text.utf8.count < OTPAuthURI.longestText)
            #expect(text.utf8.allSatisfy { (0x21...0x7e).contains($0) })
            let components = try #require(URLComponents(string: text))
            #expect(components.scheme == "otpauth")
            #expect(components.fragment == nil)
            let issuer = String(decoding: parts.issuer, as: UTF8.self)
            let account = String(decoding: parts.account, as: UTF8.self)
            #expect(components.path == "/" + (issuer.isEmpty ? "" : issuer + ":") + account)
            let items = try #require(components.queryItems)
            func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
            var expected = ["secret"]
            if !issuer.isEmpty { expected.append("issuer") }
            if parts.algorithm != .sha1 { expected.append("algorithm") }
            if parts.digits != 6 { expected.append("digits") }
            switch parts.kind {
            case .totp(let period):
                #expect(components.host == "totp")
                #expect(value("period") ?? "30" == "\(period)")
                if period != 30 { expected.append("period") }
            case .hotp(let counter):
                #expect(components.host == "hotp")
                #expect(value("counter") == "\(counter)")
                expected.append("counter")
            }
            #expect(items.map(\.name).sorted() == expected.sorted())
            #expect(value("issuer") ?? "" == issuer)
            #expect(value("algorithm") ?? "SHA1" == "\(parts.algorithm.text)")
            #expect(value("digits") ?? "6" == "\(parts.digits)")
        }
    }

    @Test func `what is written is read back`() throws {
        var generator = SeededGenerator(seed: 6238)
        for _ in 0..<500 {
            let parts = URIParts(using: &generator)
            #expect(try URIParts.parse(parts.written()) == parts)
        }
    }

    @Test func `the longest URI fits`() throws {
        var parts = URIParts()
        parts.secret = [UInt8](repeating: 0xff, count: 128)
        parts.issuer = Array(String(repeating: "€", count: 42).utf8) + Array("ö".utf8)
        parts.account = Array(String(repeating: "漢", count: 85).utf8)
        parts.algorithm = .sha512
        parts.kind = .hotp(counter: 1 << 48)
        try #require(parts.issuer.count == 128 && parts.account.count == 255)
        #expect(try URIParts.parse(parts.written()) == parts)
    }

    @Test func `parts out of range are refused`() {
        func refused(_ error: URIError, _ change: (inout URIParts) -> Void) {
            var parts = URIParts()
            change(&parts)
            #expect(throws: error) { try parts.written() }
        }
        for count in [0, 9, 129, 1024] { refused(.badSecret) { $0.secret = [UInt8](repeating: 7, count: count) } }
        for digits in [Int.min, 0, 5, 9, Int.max] { refused(.badDigits) { $0.digits = digits } }
        for period in [Int.min, 0, 14, 121, Int.max] { refused(.badPeriod) { $0.kind = .totp(period: period) } }
        for counter in [(1 << 48) + 1, .max] as [UInt64] { refused(.badCounter) { $0.kind = .hotp(counter: counter) } }
        refused(.badIssuer) { $0.issuer = [UInt8](repeating: 0x61, count: 129) }
        refused(.badAccount) { $0.account = [UInt8](repeating: 0x61, count: 256) }
        refused(.badAccount) { $0.account = [] }
        refused(.badAccount) { $0.account = Array(" alice".utf8) }
        let bad: [[UInt8]] = [
            Array("a:b".utf8), [0], Array("a\nb".utf8), Array("a\u{7f}".utf8), Array("a\u{1b}[31m".utf8),
            Array("\u{85}".utf8), Array("a\u{9b}".utf8), [0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0x61, 0x80],
        ]
        for name in bad {
            refused(.badIssuer) { $0.issuer = name }
            refused(.badAccount) { $0.account = name }
        }
    }
}
