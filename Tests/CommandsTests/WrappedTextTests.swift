import Testing

@testable import Commands

struct WrappedTextTests {
    @Test func remarksFitTheScreen() {
        let long = String(repeating: "word ", count: 40)
        let lines = String(
            decoding: wrappedRemarks(Array("twostep: \(long)\ntwostep: a hint\n".utf8), width: 80), as: UTF8.self
        )
        .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.first?.hasPrefix("twostep: word word") == true)
        #expect(lines.dropFirst().dropLast(2).allSatisfy { $0.hasPrefix("         word") })
        #expect(lines.suffix(2) == ["twostep: a hint", ""])
    }

    @Test(arguments: [
        "twostep: short\n", String(repeating: "█", count: 100), "twostep: " + String(repeating: "x", count: 100),
        "Password: ", String(repeating: "word ", count: 40),
    ])
    func everythingElseStays(text: String) {
        #expect(wrappedRemarks(Array(text.utf8), width: 80) == Array(text.utf8))
    }
}
