import Crypto
import Testing
import TwostepCore

/// A password and a code in one field: where one ends and the other begins.
@Suite struct ForwardedPassTests {
    private func split(_ answer: [UInt8], digits: Int = 6) -> [[UInt8]] {
        let parts = ForwardedPass(secret(answer), digits: digits)
        return [array(parts.password), array(parts.code)]
    }

    private func split(_ answer: String, digits: Int = 6) -> [String] {
        split(Array(answer.utf8), digits: digits).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("hunter2 123456", "hunter2 ", "123456"), ("hunter2123456", "hunter2", "123456"), ("123456", "", "123456"),
        ("1123456", "1", "123456"), ("pass", "pass", ""), ("", "", ""), ("pass12345", "pass12345", ""),
        ("pass123456 ", "pass123456 ", ""), ("passABCD-2345", "pass", "ABCD-2345"), ("abcd-2345", "", "abcd-2345"),
        ("passOILa-2345", "pass", "OILa-2345"), ("passABCD2345", "passABCD2345", ""),
        ("pass-ABCU-2345", "pass-ABCU-2345", ""),
        ("pass-234567", "pass-", "234567"), ("1234-56789", "1234-56789", ""), ("pass1234-5678", "pass1234-5678", ""),
        ("pässABCD-2345", "päss", "ABCD-2345"), ("x123456654321", "x123456", "654321"),
    ])
    func `six digits or a printed backup code at the end`(answer: String, password: String, code: String) {
        #expect(split(answer) == [password, code])
    }

    @Test(arguments: 6...8) func `as many digits as the site's codes have`(digits: Int) {
        let code = String("99999999".prefix(digits))
        #expect(split("a1" + code, digits: digits) == ["a1", code])
        #expect(split("a" + code.dropLast(), digits: digits) == ["a" + code.dropLast(), ""])
    }

    @Test(arguments: [Int.min, -1, 0, 5, 9, .max]) func `no other number of digits is a code`(digits: Int) {
        #expect(split("pass123456789", digits: digits) == ["pass123456789", ""])
    }

    @Test func `any bytes are split in two and nothing is lost`() {
        var generator = SeededGenerator(seed: 11)
        let likely = Array("01234567890123456789ABCoil-\0\u{e9}".utf8)
        var split = 0
        for _ in 0..<5_000 {
            let answer = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                likely.randomElement(using: &generator) ?? 0
            }
            let parts = self.split(answer)
            #expect(parts[0] + parts[1] == answer)
            #expect([0, 6, 9].contains(parts[1].count))
            if !parts[1].isEmpty { split += 1 }
        }
        #expect(split > 50)
    }
}
