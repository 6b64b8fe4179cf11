import Crypto
import Testing

@testable import TwostepCore

/// Recovery tokens, however they come back, and which questions somebody is asked.
struct RecoveryTokenTests {
    private static let token = "0123456789ABCDEFGHJKMNPQRR"

    private func read(_ text: String) -> String? {
        guard let token = RecoveryToken.read(Array(text.utf8).span) else { return nil }
        return string(token)
    }

    /// By Python's integers.
    @Test(arguments: [
        ("000102030405060708090a0b0c0d0e0f", "000G40R40M30E209185GR38E1W"),
        ("ffffffffffffffffffffffffffffffff", "ZZZZZZZZZZZZZZZZZZZZZZZZZW"),
        ("00443214c74254b635cf84653a56d7c6", "0123456789ABCDEFGHJKMNPQRR"),
    ])
    func sixteenBytesAreTwentySixCharacters(random: String, text: String) {
        let token = RecoveryToken.make(random: bytes(hex: random).span)
        #expect(string(token) == text)
        let none = RecoveryToken.make(random: bytes(hex: random + "00").span).count
        #expect(none == 0)
    }

    @Test func itIsShownInGroups() {
        let shown = RecoveryToken.display(Array(Self.token.utf8).span)
        #expect(string(shown) == "0123-4567-89AB-CDEF-GHJK-MNPQ-RR")
    }

    @Test(arguments: [
        token, "0123-4567-89AB-CDEF-GHJK-MNPQ-RR", " o i23 4567\t89ab-cdef-ghjk mnpq rr ",
        "https://example.org/recover#0123456789ABCDEFGHJKMNPQRR", "https://example.org/?token=" + token + " ",
        "https://example.org/recover/0123-4567-89AB-CDEF-GHJK-MNPQ-RR", "#" + token,
    ])
    func howeverItComesBack(_ typed: String) { #expect(read(typed) == Self.token) }

    @Test(arguments: [
        "", "0123456789ABCDEFGHJKMNPQR", token + "R", "0123456789ABCDEFGHJKMNPQRU", token + "/", token + "!",
        "https://example.org/" + token + "&x=y", "é" + token,
        String(repeating: "#", count: 512 - 25) + "0123456789ABCDEFGHJKMNPQRR",
    ])
    func whatIsNone(_ typed: String) { #expect(read(typed) == nil) }

    /// By Python's hmac.
    @Test func theHashIsHMAC() throws {
        let token = Array("0123456789ABCDEFGHJKMNPQRS".utf8)
        let crypto = try Libcrypto.load()
        let hash = try RecoveryToken.hash(token.span, salt: Array(0..<16), crypto: crypto)
        #expect(hex(hash) == "f0054c723fd8c22827cb8ae92ce99efc8dce8c4e5fcfefbde4055f6b4ac2a0da")
    }

    private func choose(_ name: String, _ count: Int) throws -> [String] {
        let crypto = try Libcrypto.load()
        let list = (0..<count).map { Array("Question \($0)?".utf8) }
        let key = secret([UInt8](repeating: 7, count: 32))
        return try QuestionChoice.questions(for: Array(name.utf8), of: list, key: key, crypto: crypto).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// By Python's hmac.
    @Test func questionsAreChosenByAKeyedHashOfTheName() throws {
        #expect(try choose("alice", 8) == ["Question 0?", "Question 1?"])
        #expect(try choose("bob", 8) == ["Question 5?", "Question 2?"])
        #expect(try choose("mallory", 8) == ["Question 5?", "Question 2?"])
        #expect(try choose("alice", 1) == ["Question 0?"] && choose("alice", 0) == [])
    }

    /// A longer list changes a choice only where the new question is in it.
    @Test func aListThatGrowsLeavesMostChoicesAlone() throws {
        #expect(try choose("mallory", 9) == ["Question 5?", "Question 8?"])
        var changed = 0
        for number in 0..<100 {
            let (before, after) = (try choose("user\(number)", 20), try choose("user\(number)", 21))
            guard before != after else { continue }
            changed += 1
            #expect(after.contains("Question 20?") && after.contains { before.contains($0) })
        }
        // Two in twenty-one are expected.
        #expect((1...25).contains(changed))
    }
}
