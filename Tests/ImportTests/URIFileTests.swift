import Crypto
import Import
import Testing
import TwostepCore

private let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

private func parse(_ text: String) throws(ImportErrors) -> [URIFile.Entry] {
    let file = bytes(text)
    return try URIFile.parse(file.span)
}

private func messages(_ text: String) -> [String] {
    do throws(ImportErrors) {
        _ = try parse(text)
        return []
    } catch {
        return error.errors.map(\.message)
    }
}

/// Protocol buffer fields, put together here on their own: https://protobuf.dev/programming-guides/encoding.
private enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }
    static func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(value.count)) + value
    }
}

private let secret = bytes("12345678901234567890")

private func entry(
    secret: [UInt8] = secret, name: String = "Example:alice", issuer: String = "Example", algorithm: UInt64 = 1,
    digits: UInt64 = 1, type: UInt64 = 2, counter: UInt64 = 0
) -> [UInt8] {
    Wire.bytes(1, secret) + Wire.bytes(2, bytes(name)) + Wire.bytes(3, bytes(issuer)) + Wire.number(4, algorithm)
        + Wire.number(5, digits) + Wire.number(6, type) + Wire.number(7, counter)
}

private func export(_ entries: [[UInt8]], size: UInt64 = 1, index: UInt64 = 0, id: UInt64 = 7) -> [UInt8] {
    entries.flatMap { Wire.bytes(1, $0) } + Wire.number(2, 1) + Wire.number(3, size) + Wire.number(4, index)
        + Wire.number(5, id)
}

private func uri(_ message: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: message.count, by: 3) {
        let group = Array(message[start..<min(start + 3, message.count)])
        let bits = (0..<3).reduce(UInt32(0)) { $0 << 8 | UInt32($1 < group.count ? group[$1] : 0) }
        for place in 0..<4 {
            text.append(place <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)] : "=")
        }
    }
    let encoded = text.map { ["+": "%2B", "/": "%2F", "=": "%3D"][$0] ?? String($0) }.joined()
    return "otpauth-migration://offline?data=\(encoded)"
}

@Suite struct URIFileTests {
    @Test func addresses() throws {
        let entries = try parse(
            """
            # two of them
            otpauth://totp/Example:alice?secret=\(key)&issuer=Example&algorithm=SHA256&digits=8&period=60

            otpauth://hotp/bob?secret=\(key)&counter=5
            """)
        #expect(entries.map { String(decoding: $0.name, as: UTF8.self) } == ["Example:alice", "bob"])
        let tokens = entries.map(\.token)
        #expect((tokens[0].kind, tokens[0].algorithm, tokens[0].digits, tokens[0].period) == (.totp, .sha256, 8, 60))
        #expect((tokens[1].kind, tokens[1].floor) == (.hotp, 5))
        #expect(entries.allSatisfy { !$0.isExported })
    }

    @Test func everyMalformedLineIsTold() {
        #expect(
            messages("otpauth://totp/a?secret=\(key)\nhttps://example.com/\notpauth://totp/a?secret=A\ntwo words\n")
                == [
                    "line 2: neither otpauth:// nor otpauth-migration://",
                    "line 3: the secret is not base32, or not 10 to 128 bytes long",
                    "line 4: an address and more; one a line is taken",
                ])
    }
}

@Suite struct MigrationTests {
    @Test func entries() throws {
        let found = try parse(
            uri(
                export([
                    entry(), entry(name: "bob", issuer: "", algorithm: 2, digits: 2),
                    entry(name: "Bank: carol", issuer: "", algorithm: 3, type: 1, counter: 300),
                    entry(algorithm: 0, digits: 0),
                ])))
        #expect(
            found.map { String(decoding: $0.name, as: UTF8.self) } == [
                "Example:alice", "bob", "Bank:carol", "Example:alice",
            ]
        )
        #expect(found.map(\.token.algorithm) == [.sha1, .sha256, .sha512, .sha1])
        #expect(found.map(\.token.digits) == [6, 8, 6, 6])
        #expect(found.map(\.token.kind) == [.totp, .totp, .hotp, .totp])
        #expect(found.map(\.token.floor) == [0, 0, 300, 0])
        #expect(found.allSatisfy { $0.isExported && $0.token.period == 30 })
        #expect(hex(found[0].token) == "3132333435363738393031323334353637383930")
    }

    /// The example that goes round with tools that read exports; it has neither version nor batch.
    @Test func aRealExport() throws {
        let found = try parse(
            "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC")
        #expect(found.map { String(decoding: $0.name, as: UTF8.self) } == ["Example:alice@google.com"])
        #expect(found.map { hex($0.token) } == ["48656c6c6f21deadbeef"])
    }

    @Test func unknownFieldsArePassedOver() throws {
        let odd =
            entry() + Wire.number(99, 1) + [8 << 3 | 1] + [UInt8](repeating: 0, count: 8) + Wire.bytes(12, [1, 2])
        #expect(try parse(uri(export([odd + [9 << 3 | 5, 0, 0, 0, 0]]))).count == 1)
    }

    @Test func allPicturesOfAnExport() throws {
        let parts = (0..<3).map { uri(export([entry(name: "n\($0)")], size: 3, index: $0)) }
        #expect(try parse(parts.joined(separator: "\n")).count == 3)
        #expect(
            messages([parts[2], parts[0]].joined(separator: "\n"))
                == ["picture 2 of 3 of the export is missing; give all of them"])
        let other = uri(export([entry()], size: 2, index: 1, id: 8))
        #expect(messages((parts + [other]).joined(separator: "\n")).count == 1)
    }

    @Test(
        arguments: [
            (entry(secret: []), "line 1: the key has 0 bytes; 10 to 128 are taken"),
            (entry(secret: [UInt8](repeating: 1, count: 129)), "line 1: the key has 129 bytes; 10 to 128 are taken"),
            (entry(algorithm: 4), "line 1: an entry with another hash than SHA1, SHA256 and SHA512"),
            (entry(digits: 3), "line 1: an entry with neither 6 nor 8 digits"),
            (entry(type: 0), "line 1: an entry that is neither timed nor counted"),
            (entry(type: 1, counter: .max), "line 1: the counter is out of range"),
            (entry(name: String(repeating: "n", count: 256)), "line 1: an entry with a name of more than 255 bytes"),
            (Wire.number(1, 5), "line 1: the export is cut off or damaged"),
            (Array(Wire.bytes(1, secret).dropLast()), "line 1: the export is cut off or damaged"),
            ([1 << 3 | 2] + Wire.varint(.max), "line 1: the export is cut off or damaged"),
            ([1 << 3 | 3], "line 1: the export is cut off or damaged"),
            ([0], "line 1: the export is cut off or damaged"),
            ([4 << 3] + [UInt8](repeating: 0xFF, count: 11), "line 1: the export is cut off or damaged"),
        ] as [([UInt8], String)])
    func refused(parameters: [UInt8], message: String) {
        #expect(messages(uri(export([parameters]))) == [message])
    }

    @Test func refusedAsAWhole() {
        let good = "otpauth-migration://offline?data="
        #expect(messages(good) == ["line 1: the export has no entries"])
        #expect(messages(good + "A") == ["line 1: the export is not base64"])
        #expect(messages(good + "%4") == ["line 1: the export is not base64"])
        #expect(messages(good + "AA=A") == ["line 1: the export is not base64"])
        #expect(messages(good + "CjEK") == ["line 1: the export is cut off or damaged"])
        #expect(messages("otpauth-migration://online?data=AAAA") == ["line 1: not otpauth-migration://offline?data="])
        #expect(messages(good + String(repeating: "A", count: 8192)) == ["line 1: the address is too long"])
        #expect(messages(uri(export([entry()], size: 2, index: 2))) == ["line 1: the export is cut off or damaged"])
        #expect(messages(uri(export([entry()], size: .max, index: 0))) == ["line 1: the export is cut off or damaged"])
    }

    @Test func noBytesTrap() {
        var random = SystemRandomNumberGenerator()
        let base = export([entry(), entry(name: "bob")], size: 2, index: 1)
        for _ in 0..<20_000 {
            var message = base
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                message[Int.random(in: 0..<message.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            message.removeLast(Int.random(in: 0..<message.count, using: &random) / 2)
            // Whatever it says, it says it.
            #expect(messages(uri(message)).allSatisfy { !$0.isEmpty })
        }
    }
}
