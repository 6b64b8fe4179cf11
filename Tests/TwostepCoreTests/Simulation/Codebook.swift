import Crypto

/// What one secret shows for a whole year, computed by oathtool(1) beforehand.
struct Codebook: Sendable {
    let key: [UInt8]
    /// The first time step or counter value that is known.
    let first: Int64
    /// Lines of eight digits and a newline.
    private let lines: [UInt8]

    init(key: [UInt8], first: Int64, count: Int) throws {
        self.key = key
        self.first = first
        lines = try oathtoolOutput(["--counter=\(first)", "--digits=8", "--window=\(count - 1)", hex(key)])
        guard lines.count == count * 9 else { throw ToolFailure(description: "oathtool gave \(lines.count) bytes") }
    }

    /// The code of a moment. Fewer digits are the last ones of more (RFC 4226 section 5.3).
    func code(_ moment: Int64, digits: Int) -> [UInt8] {
        let end = Int(moment - first) * 9 + 8
        return Array(lines[(end - digits)..<end])
    }

    /// Whether this is the code of a moment: most are told apart by their first digit.
    func shows(_ code: ArraySlice<UInt8>, at moment: Int64) -> Bool {
        var place = Int(moment - first) * 9 + 8 - code.count
        for digit in code {
            guard lines[place] == digit else { return false }
            place += 1
        }
        return true
    }

    /// When every simulated year begins, at the beginning of a step.
    static let start: Int64 = 56_666_667 * 30
    static let year: Int64 = 365 * 86_400

    /// Three phones' secrets, with some steps before and after the year.
    static let phones = Result {
        try (1...3).map { number in
            try Codebook(
                key: [UInt8](repeating: UInt8(number), count: 20), first: start / 30 - 100, count: Int(year / 30) + 300)
        }
    }

    /// A token with a button.
    static let fob = Result { try Codebook(key: Array("the secret of a fob!".utf8), first: 0, count: 5_000) }
}
