/// Bytes of ours as text.
package func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Somebody's text with nothing in it that could move a cursor or turn a line round: control and formatting characters
/// become `?`.
package func printable(_ text: String) -> String {
    // Most names: a list of many has no time to ask Unicode about each letter.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    let unseen: [Unicode.GeneralCategory] = [.control, .format]
    return String(
        String.UnicodeScalarView(text.unicodeScalars.map { unseen.contains($0.properties.generalCategory) ? "?" : $0 }))
}

/// A stretch of time in words, its largest two units at most: `2 h 5 min`.
func duration(_ seconds: Int64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    let words = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return words.isEmpty ? "0 s" : words.joined(separator: " ")
}

/// A time as people and programs read it: ISO 8601, UTC.
package func utc(_ seconds: Int64) -> String { UserStatus.time(seconds) }
