import Crypto
import Testing
import TwostepCore

@Suite struct TypedCodeTests {
    private struct Read: Equatable {
        let kind: TypedCode.Kind
        let text: String
        static let malformed = Read(kind: .malformed, text: "")
    }

    private func read(_ answer: [UInt8]) -> Read {
        let typed = TypedCode.read(answer.span)
        return Read(kind: typed.kind, text: string(typed.text))
    }

    private func read(_ answer: String) -> Read { read(Array(answer.utf8)) }

    @Test(arguments: [
        ("123456", "123456"), ("1234567", "1234567"), ("12345678", "12345678"), ("000000", "000000"),
        ("123 456", "123456"), (" 12-34\t56 ", "123456"), ("1234-5678", "12345678"), ("1 2 3 4 5 6 7", "1234567"),
        ("-123456", "123456"), (String(repeating: " ", count: 58) + "123456", "123456"),
    ])
    func `one-time codes`(answer: String, text: String) {
        #expect(read(answer) == Read(kind: .oneTime, text: text))
    }

    @Test(arguments: [
        ("123456 654321", "123456654321"), ("1234567 7654321", "12345677654321"), ("123-456 654-321", "123456654321"),
        ("12345678 87654321", "1234567887654321"), ("000000000000", "000000000000"), ("1 23456654321", "123456654321"),
    ])
    func `two codes in a row`(answer: String, text: String) {
        #expect(read(answer) == Read(kind: .pair, text: text))
    }

    @Test(arguments: [
        ("ABCD-2345", "ABCD2345"), ("abcd2345", "ABCD2345"), ("a b c d 2 3 4 5", "ABCD2345"),
        ("OoIiLl-0a", "0011110A"), ("0000000A", "0000000A"), ("zzzz\tzzzz", "ZZZZZZZZ"), ("a1234567", "A1234567"),
        ("password", "PASSW0RD"), ("0x123456", "0X123456"),
    ])
    func `backup codes`(answer: String, text: String) {
        #expect(read(answer) == Read(kind: .backup, text: text))
    }

    @Test(arguments: [
        "", " ", "-", " - \t - ", "1", "12345", "123456789", "12 34 5", "12345 12345", "123456 1234567",
        "123456789 123456789", "1234567890", "12345678901", "123456789012345", "12345678901234567", "123456 65432l",
        "ABCD234", "ABCD23456", "ABCD-234U", "u0000000", "12345O", "123456O", "12345678O", "ABCD2345\n", "123456\n",
        "123456\r\n", "12345.6", "+123456", "0x12345", "１２３４５６", "١٢٣٤٥٦", "१२३४५६", "ＡＢＣＤ２３４５", "123\u{a0}456",
        "123\u{2009}456", "123\u{2013}456", "12345\u{30a}6", "ABCDé234", "ſBCD2345", "ABCD234\u{212a}", "pass word!",
        "\u{feff}123456", "123456\0", "\0", "abc\0d2345", "😀😀", String(repeating: "1", count: 64),
    ])
    func `everything else`(answer: String) {
        #expect(read(answer) == .malformed)
    }

    @Test(arguments: ["O1234567", "IIIIIIII", "oooooooo", "0000-000O"])
    func `what folds to digits alone is no code of either kind`(answer: String) {
        #expect(read(answer) == .malformed)
    }

    @Test func `a long answer is not looked at`() {
        let code = Array("123456".utf8)
        for count in [58, 59, 250, 4090, 100_000, 20_000_000] {
            let answer = [UInt8](repeating: UInt8(ascii: " "), count: count) + code
            #expect(read(answer) == (count == 58 ? Read(kind: .oneTime, text: "123456") : .malformed))
        }
    }

    @Test func `every single byte in place of a digit`() {
        for byte in UInt8.min...UInt8.max where !(48...57).contains(byte) {
            let dropped = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "-")].contains(byte)
            let expected = dropped ? Read(kind: .oneTime, text: "123456") : .malformed
            #expect(read(Array("123".utf8) + [byte] + Array("456".utf8)) == expected)
        }
    }

    /// The same rules once more, written with Swift's collections.
    private func model(_ answer: [UInt8]) -> Read {
        guard answer.count <= 64 else { return .malformed }
        let kept = answer.filter { !Array(" \t-".utf8).contains($0) }
        guard !kept.isEmpty, kept.allSatisfy({ (0x21...0x7e).contains($0) }) else { return .malformed }
        let text = String(decoding: kept, as: UTF8.self)
        if text.allSatisfy({ "0123456789".contains($0) }) {
            if [12, 14, 16].contains(text.count) { return Read(kind: .pair, text: text) }
            return (6...8).contains(text.count) ? Read(kind: .oneTime, text: text) : .malformed
        }
        let folds: [Character: Character] = ["O": "0", "I": "1", "L": "1"]
        let folded = String(text.uppercased().map { folds[$0] ?? $0 })
        guard folded.count == 8, folded.allSatisfy({ "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) }),
            folded.contains(where: \.isLetter)
        else { return .malformed }
        return Read(kind: .backup, text: folded)
    }

    @Test func `any bytes are read as the model reads them`() {
        var generator = SeededGenerator(seed: 77)
        let likely = Array("0123456789OILUabcxyzABCXYZ -\t\0\n".utf8)
        var kinds: [TypedCode.Kind: Int] = [:]
        for round in 0..<20_000 {
            let answer: [UInt8]
            if round % 10 == 0 {
                answer = generator.bytes(.random(in: 0...80, using: &generator))
            } else {
                // The first ten, 26 or all of the likely ones.
                let from = likely.prefix([10, 26, likely.count][round % 3])
                answer = (0..<Int.random(in: 0...18, using: &generator)).map { _ in
                    from.randomElement(using: &generator) ?? 0
                }
            }
            let result = read(answer)
            guard result == model(answer) else {
                Issue.record("\(answer) was read as \(result)")
                continue
            }
            kinds[result.kind, default: 0] += 1
        }
        #expect(
            (kinds[.oneTime] ?? 0) > 500 && (kinds[.backup] ?? 0) > 150 && (kinds[.pair] ?? 0) > 300
                && (kinds[.malformed] ?? 0) > 500)
    }

    @Test func `a backup code comes back however it is shown`() throws {
        var generator = SeededGenerator(seed: 78)
        for _ in 0..<1_000 {
            guard let code = BackupCode.make(random: generator.bytes(5).span) else { continue }
            let shown = string(BackupCode.display(code.bytes))
            let expected = Read(kind: .backup, text: string(code))
            #expect(read(shown) == expected)
            #expect(read(shown.lowercased()) == expected)
            let confused = String(shown.map { $0 == "0" ? "o" : $0 == "1" ? ["i", "L"].randomElement() ?? "l" : $0 })
            #expect(read(confused) == expected)
        }
    }
}
