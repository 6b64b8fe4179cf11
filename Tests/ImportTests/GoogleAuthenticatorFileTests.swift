import Crypto
import Import
import Testing
import TwostepCore

/// 20 bytes, as a file of google-authenticator has them in base32; in hexadecimal digits for comparing.
private let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
private let now: Int64 = 1_700_000_000
private let step = now / 30

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func hex(_ token: ForeignToken) -> String {
    token.withKey { key in
        var text = ""
        for index in key.indices { text += (key[index] < 16 ? "0" : "") + String(key[index], radix: 16) }
        return text
    }
}

private func parse(_ text: String, window: Int = 1) throws(ImportError) -> ForeignUser {
    let file = bytes(text)
    return try GoogleAuthenticatorFile.parse(file.span, window: window, now: now)
}

private func problem(_ text: String) -> String? {
    do throws(ImportError) {
        _ = try parse(text)
        return nil
    } catch {
        return error.message
    }
}

private func names(_ notes: [Note]) -> [String] { notes.map(\.name) }

@Suite struct GoogleAuthenticatorFileTests {
    @Test func timedCodes() throws {
        let user = try parse("\(key)\n\" TOTP_AUTH\n\" DISALLOW_REUSE\n")
        let token = try #require(user.tokens.first)
        #expect(hex(token) == "3132333435363738393031323334353637383930")
        #expect((token.kind, token.digits, token.period, token.floor, token.drift) == (.totp, 6, 30, 0, 0))
        #expect(names(user.carriedOver) == ["token"])
        #expect(user.notCarriedOver.isEmpty)
    }

    @Test func countedCodes() throws {
        let token = try #require(try parse("\(key)\n\" HOTP_COUNTER 42\n").tokens.first)
        #expect((token.kind, token.floor) == (.hotp, 42))
    }

    @Test func theCounterIsLookedAtFirst() throws {
        let user = try parse("\(key)\n\" TOTP_AUTH\n\" HOTP_COUNTER 1\n")
        #expect(user.tokens.first?.kind == .hotp)
        #expect(names(user.notCarriedOver) == ["totp-auth"])
        #expect(try parse("\(key)\n\" TOTP_AUTH\n\" HOTP_COUNTER 0\n").tokens.first?.kind == .totp)
    }

    @Test func usedStepsStayUsed() throws {
        let token = try #require(
            try parse("\(key)\n\" TOTP_AUTH\n\" DISALLOW_REUSE \(step - 1) \(step + 1) \(step)\n").tokens.first)
        #expect(token.floor == step + 2)
    }

    @Test func aStepFarAheadLocksNobodyOut() throws {
        let token = try #require(
            try parse("\(key)\n\" TOTP_AUTH\n\" DISALLOW_REUSE \(step + 1_000_000) \(step)\n").tokens.first)
        #expect(token.floor == step + 1)
    }

    @Test func whereUsesAreNotNotedThePresentCodeCountsAsUsed() throws {
        let user = try parse("\(key)\n\" TOTP_AUTH\n")
        #expect(user.tokens.first?.floor == step + 1)
        #expect(names(user.carriedOver) == ["token", "used-codes"])
    }

    @Test(arguments: [(3, 3), (-10, -10), (11, 0), (-11, 0), (9_999_999_999, 0)])
    func theDevicesClock(skew: Int, drift: Int8) throws {
        let user = try parse("\(key)\n\" TOTP_AUTH\n\" DISALLOW_REUSE\n\" TIME_SKEW \(skew)\n")
        #expect(user.tokens.first?.drift == drift)
        #expect(names(user.notCarriedOver) == (drift == 0 ? ["time-skew"] : []))
    }

    @Test func everythingElseIsNamed() throws {
        let user = try parse(
            """
            \(key)
            " RATE_LIMIT 3 30 1700000000
            " WINDOW_SIZE 17
            " DISALLOW_REUSE
            " RESETTING_TIME_SKEW 1+2
            " TOTP_AUTH
            " LAST0 192.0.2.1 1700000000
            " LAST1 192.0.2.2 1700000000
            " FUTURE_THING 1
            12345678
            87654321

            """)
        #expect(
            names(user.notCarriedOver) == [
                "scratch-codes", "rate-limit", "window-size", "resetting-time-skew", "last-logins", "unknown-option",
            ])
        let text = user.notCarriedOver.map(\.text).joined(separator: "\n")
        #expect(text.contains("2 scratch codes") && text.contains("3 logins in 30 s") && text.contains("FUTURE_THING"))
        #expect(text.contains("8 steps either side"))
        #expect(!text.contains("12345678") && !text.contains(key))
    }

    @Test func aHostileNameIsNotRepeated() throws {
        let user = try parse("\(key)\n\" TOTP_AUTH\n\" \u{1B}[2J\n\" \(String(repeating: "A", count: 200))\n")
        #expect(user.notCarriedOver.map(\.text) == ["line 3", "line 4"].map { "\($0): not an option that is known" })
    }

    @Test func theKeyAsItReadsIt() throws {
        // RFC 4648 allows none of these: dashes, a letter's look-alikes, bits behind the last byte.
        let usual = try #require(try parse("OLBAOLBAOLBAOLBA\n\" TOTP_AUTH\n").tokens.first)
        let typed = try #require(try parse("01 8a-o1ba olba-0l8a\r\n\" TOTP_AUTH\r\n").tokens.first)
        #expect(hex(typed) == hex(usual))
        let odd = try #require(try parse("OLBAOLBAOLBAOLBAZ\n\" TOTP_AUTH\n").tokens.first)
        #expect(hex(odd) == hex(usual))
    }

    @Test(arguments: [
        ("", "the file is empty"),
        ("\n\" TOTP_AUTH\n", "the file is empty"),
        ("root:x:0:0:root:/root:/bin/bash\n", "line 1: the key is not base32: not a file of google-authenticator"),
        ("GEZDGNBVGY3TQOI\n\" TOTP_AUTH\n", "the key has 9 bytes; 10 to 128 are taken"),
        ("\(key)\n", "neither TOTP_AUTH nor a HOTP_COUNTER above 0: it accepts no code of an app"),
        ("\(key)\n\" HOTP_COUNTER 0\n", "neither TOTP_AUTH nor a HOTP_COUNTER above 0: it accepts no code of an app"),
        ("\(key)\n\" TOTP_AUTH\n1234567\n", "line 3: neither an option nor a scratch code"),
        ("\(key)\n\" TOTP_AUTH\n01234567\n", "line 3: neither an option nor a scratch code"),
        ("\(key)\n\" TOTP_AUTH\n12345678 x\n", "line 3: neither an option nor a scratch code"),
        ("\(key)\n\"TOTP_AUTH\n", "line 2: an option without a name"),
        ("\(key)\n\"\n", "line 2: an option without a name"),
        ("\(key)\n\" HOTP_COUNTER x\n", "line 2: HOTP_COUNTER does not have the numbers it takes"),
        ("\(key)\n\" HOTP_COUNTER 99999999999999999999\n", "line 2: HOTP_COUNTER does not have the numbers it takes"),
        ("\(key)\n\" HOTP_COUNTER 281474976710656\n", "the counter is out of range"),
        ("\(key)\n\" TOTP_AUTH\n\" STEP_SIZE 5\n", "a code lasts 5 s; 15 to 120 s are taken"),
        ("\(key)\n\" TOTP_AUTH\n\" STEP_SIZE -30\n", "line 3: STEP_SIZE does not have the numbers it takes"),
        ("\(key)\n\" TOTP_AUTH\n\" DISALLOW_REUSE 1 x\n", "line 3: DISALLOW_REUSE does not have the numbers it takes"),
    ])
    func refused(text: String, message: String) { #expect(problem(text) == message) }

    @Test func tooLarge() {
        #expect(problem(String(repeating: "A", count: 65_537)) == "larger than 64 KiB")
    }

    @Test func noBytesTrap() throws {
        var random = SystemRandomNumberGenerator()
        let base = bytes(
            "\(key)\n\" RATE_LIMIT 3 30 1\n\" TOTP_AUTH\n\" TIME_SKEW -3\n\" DISALLOW_REUSE 1 2\n12345678\n")
        for _ in 0..<20_000 {
            var file = base
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            file.removeLast(Int.random(in: 0..<file.count, using: &random) / 3)
            do throws(ImportError) {
                let user = try GoogleAuthenticatorFile.parse(file.span, window: 1, now: now)
                #expect(user.tokens.count == 1)
            } catch {
                #expect(!error.text.isEmpty)
            }
        }
    }
}
