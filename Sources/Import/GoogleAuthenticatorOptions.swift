internal import TwostepCore

/// The lines behind the key of a `.google_authenticator` file.
struct GoogleAuthenticatorOptions {
    private struct Option {
        let line: Int
        let name: [UInt8]
        let values: [[UInt8]]
    }

    /// In the order of the file. Of two with one name the first counts, as it does there.
    private var options: [Option] = []
    private(set) var scratchCodes = 0
    private(set) var lastLogins = 0
    /// The names of options that are not known.
    private(set) var unknown: [String] = []

    private static let known: [StaticString] = [
        "RATE_LIMIT", "WINDOW_SIZE", "DISALLOW_REUSE", "TOTP_AUTH", "HOTP_COUNTER", "STEP_SIZE", "TIME_SKEW",
        "RESETTING_TIME_SKEW",
    ]

    init(_ text: Span<UInt8>, _ lines: [Range<Int>]) throws(ImportError) {
        for (index, line) in lines.enumerated().dropFirst() {
            let words = Lines.words(line, text)
            guard let first = words.first else { continue }
            if text[line.lowerBound] == UInt8(ascii: "\"") {
                guard first.count == 1, words.count > 1 else {
                    throw ImportError(line: index + 1, "an option without a name")
                }
                var values: [[UInt8]] = []
                for word in words.dropFirst(2) { values.append(text.array(word)) }
                take(Option(line: index + 1, name: text.array(words[1]), values: values))
            } else if words.count == 1, first.count == 8, first.lowerBound == line.lowerBound,
                let code = text.array(first).number(), code >= 10_000_000
            {
                scratchCodes += 1
            } else {
                throw ImportError(line: index + 1, "neither an option nor a scratch code")
            }
        }
    }

    private mutating func take(_ option: Option) {
        let digits = option.name.dropFirst(4)
        if option.name.starts(with: [UInt8](text: "LAST")), !digits.isEmpty,
            digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        {
            lastLogins += 1
        } else if GoogleAuthenticatorOptions.known.contains(where: { option.name.equals($0) }) {
            options.append(option)
        } else {
            // A user's text: only what looks like a name is repeated, and not for ever.
            let isName = option.name.count <= 32 && option.name.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F }
            let name = isName ? String(decoding: option.name, as: UTF8.self) : "line \(option.line)"
            if unknown.count < 16, !unknown.contains(name) { unknown.append(name) }
        }
    }

    func has(_ name: StaticString) -> Bool { values(name) != nil }

    /// What stands behind an option's name; nil where the option is not there.
    func values(_ name: StaticString) -> [[UInt8]]? { options.first { $0.name.equals(name) }?.values }

    /// The next counter value; nil where the codes are not counted, which 0 says too.
    func counter() throws(ImportError) -> Int64? {
        guard has("HOTP_COUNTER") else { return nil }
        let counter = try number("HOTP_COUNTER") ?? 0
        return counter > 0 ? counter : nil
    }

    /// The length of a step in seconds.
    func stepSize() throws(ImportError) -> Int { Int(clamping: try number("STEP_SIZE") ?? 30) }

    /// How many steps the device's clock is ahead.
    func skew() throws(ImportError) -> Int64 {
        let skew = try number("TIME_SKEW", signed: true) ?? 0
        // Its search goes 12.5 hours at steps of 30 s; a file may say anything.
        return min(max(skew, -1_000_000), 1_000_000)
    }

    /// The steps whose codes were used; nil where that is not noted.
    func usedSteps() throws(ImportError) -> [Int64]? {
        guard let values = values("DISALLOW_REUSE") else { return nil }
        let steps = values.map { $0.number() }
        guard !steps.contains(nil) else { throw malformed("DISALLOW_REUSE") }
        return steps.compactMap { $0 }
    }

    private func number(_ name: StaticString, signed: Bool = false) throws(ImportError) -> Int64? {
        guard let values = values(name) else { return nil }
        guard values.count == 1, let value = values[0].number(signed: signed) else { throw malformed(name) }
        return value
    }

    private func malformed(_ name: StaticString) -> ImportError {
        ImportError(
            line: options.first { $0.name.equals(name) }?.line ?? 0, "\(name) does not have the numbers it takes")
    }
}
