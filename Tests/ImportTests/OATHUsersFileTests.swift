import Crypto
import Import
import Testing
import TwostepCore

/// RFC 4226 appendix D: the key, and its codes from counter value 0 on.
private let key = "3132333435363738393031323334353637383930"
private let codes = [
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
]

private func parse(_ text: String, now: Int64 = 1_700_000_000) throws -> [ForeignUser] {
    let file = bytes(text)
    return try OATHUsersFile.parse(file.span, now: now, crypto: try Libcrypto.load())
}

private func messages(_ text: String) throws -> [String] {
    do {
        _ = try parse(text)
        return []
    } catch let errors as ImportErrors {
        return errors.errors.map(\.message)
    }
}

@Suite struct OATHUsersFileTests {
    @Test(arguments: [
        ("HOTP", Token.Kind.hotp, 6, 30), ("HOTP/E", .hotp, 6, 30), ("HOTP/E/6", .hotp, 6, 30),
        ("HOTP/E/7", .hotp, 7, 30), ("HOTP/E/8", .hotp, 8, 30), ("HOTP/T30", .totp, 6, 30),
        ("HOTP/T30/6", .totp, 6, 30), ("HOTP/T30/7", .totp, 7, 30), ("HOTP/T30/8", .totp, 8, 30),
        ("HOTP/T60", .totp, 6, 60), ("HOTP/T60/6", .totp, 6, 60), ("HOTP/T60/7", .totp, 7, 60),
        ("HOTP/T60/8", .totp, 8, 60),
    ])
    func types(type: String, kind: Token.Kind, digits: Int, period: Int) throws {
        let users = try parse("\(type)\talice\t-\t\(key)\n")
        let token = try #require(users.first?.tokens.first)
        #expect((token.kind, token.digits, token.period, token.floor) == (kind, digits, period, 0))
        #expect(hex(token) == key)
        #expect(token.algorithm == .sha1)
    }

    @Test(arguments: ["HOTP/E/5", "HOTP/T30/5", "HOTP/T30/9", "HOTP/T15", "HOTP/E/06", "HOTP/6", "hotp", "MOTP", "x"])
    func noSuchType(type: String) throws {
        #expect(
            try messages("\(type) alice - \(key)\n")
                == ["line 1: not a type that pam_oath knows: HOTP/E or HOTP/T30 and the like"])
    }

    /// liboath writes the value at which the last code matched; it searches from there, and refuses that code.
    @Test func theCounterOfTheLastCodeIsSpent() throws {
        #expect(try parse("HOTP alice - \(key) 3\n").first?.tokens.first?.floor == 3)
        #expect(try parse("HOTP alice - \(key) 3 \(codes[3]) 2026-01-01T00:00:00L\n").first?.tokens.first?.floor == 4)
        #expect(try parse("HOTP alice - \(key) 3 \(codes[2]) 2026-01-01T00:00:00L\n").first?.tokens.first?.floor == 3)
    }

    @Test(arguments: [-3, 0, 5, 40])
    func theStepOfTheLastCodeIsSpent(offset: Int64) throws {
        // Step 3 of HOTP/T30 has the code of counter value 3.
        let now = (3 - offset + 60) * 30
        let users = try parse("HOTP/T30 alice - \(key) 0 \(codes[3]) 2026-01-01T00:00:00L\n", now: now)
        #expect(users.first?.tokens.first?.floor == ((3 - (now / 30)).magnitude <= 40 ? 4 : 0))
    }

    @Test func pins() throws {
        let users = try parse("HOTP a - \(key)\nHOTP b + \(key)\nHOTP c 1234 \(key)\n")
        #expect(users.map { $0.notCarriedOver.map(\.name) } == [[], ["pin"], ["pin"]])
        #expect(!users.flatMap(\.notCarriedOver).contains { $0.text.contains("1234") })
    }

    @Test func severalTokensOfOneUser() throws {
        let other = String(key.reversed())
        let users = try parse("HOTP/T30 alice - \(key)\n\n# a remark\nHOTP bob - \(key)\r\nHOTP alice - \(other) 7\n")
        #expect(users.map { String(decoding: $0.name, as: UTF8.self) } == ["alice", "bob"])
        #expect(users.map(\.tokens.count) == [2, 1])
        #expect(users.allSatisfy { $0.problem == nil })
    }

    @Test func oneKeyTwiceIsThatUsersProblemAlone() throws {
        let users = try parse("HOTP/T30 alice - \(key)\nHOTP alice - \(key)\nHOTP bob - \(key)\n")
        #expect(users.map { $0.problem?.text } == ["two of the tokens have the same key", nil])
    }

    @Test func aKeyThatIsTooShortIsThatUsersProblemAlone() throws {
        let users = try parse("HOTP alice - 00\nHOTP bob - \(key)\n")
        #expect(users.map { $0.problem?.text } == ["the key has 1 bytes; 10 to 128 are taken", nil])
    }

    @Test func nineTokensAreTooMany() throws {
        let lines = (0..<9).map { "HOTP alice - \(key)0\($0)\n" }.joined()
        #expect(try parse(lines).first?.problem?.text == "more than 8 tokens")
    }

    @Test func everyMalformedLineIsTold() throws {
        let told = try messages(
            """
            HOTP alice - \(key)
            HOTP bob
            HOTP bob - \(key)0
            HOTP bob - x\(key.dropFirst())
            HOTP bob - \(key) -1
            HOTP bob - \(key) 99999999999999999999
            HOTP bob - \(key) 0 12345 2026-01-01T00:00:00L
            HOTP bob - \(key) 0 123456 2026-01-01T00:00:00L more
            """)
        #expect(
            told == [
                "line 2: type, user, PIN and key are not all there",
                "line 3: the key has an odd number of hexadecimal digits",
                "line 4: the key is not in hexadecimal digits",
                "line 5: the counter is no number, or too large",
                "line 6: the counter is no number, or too large",
                "line 7: the last code is not one of 6 digits",
                "line 8: more than seven fields",
            ])
    }

    @Test func noBytesTrap() throws {
        var random = SystemRandomNumberGenerator()
        let crypto = try Libcrypto.load()
        let base = bytes("HOTP/T30/8 alice - \(key) 7 12345678 2026-01-01T00:00:00L\nHOTP bob + \(key) 1 755224\n")
        for _ in 0..<5_000 {
            var file = base
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            file.removeLast(Int.random(in: 0..<file.count, using: &random))
            do throws(ImportErrors) {
                _ = try OATHUsersFile.parse(file.span, now: 0, crypto: crypto)
            } catch {
                #expect(!error.errors.isEmpty)
            }
        }
    }
}
