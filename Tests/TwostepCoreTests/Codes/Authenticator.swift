import Crypto

/// What the owner holds: a secret, and oathtool(1) to show its codes, so that our own code never checks itself.
struct Authenticator {
    let key: [UInt8]
    var digits = 6

    /// The codes of `count` consecutive time steps of 30 seconds, or counter values, from `first` on: SHA-1, for which
    /// the two are the same (RFC 6238 section 4).
    func codes(from first: Int64, count: Int) throws -> [String] {
        let codes = try oathtool(["--counter=\(first)", "--digits=\(digits)", "--window=\(count - 1)", hex(key)])
        guard codes.count == count else { throw ToolFailure(description: "oathtool gave \(codes.count) codes") }
        return codes
    }

    func code(_ moment: Int64) throws -> String { try codes(from: moment, count: 1)[0] }

    /// Two codes in a row, the later one of `moment`.
    func pair(_ moment: Int64) throws -> String { try codes(from: moment - 1, count: 2).joined(separator: " ") }

    /// A code of this length that is none of those within 100 steps of `moment`.
    func wrong(_ moment: Int64) throws -> String {
        let near = Set(try codes(from: moment - 100, count: 201))
        var number = 0
        while true {
            let code = padded(number, digits)
            if !near.contains(code) { return code }
            number += 1
        }
    }
}

/// A number with zeroes before it.
func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(digits - text.count, 0)) + text
}
