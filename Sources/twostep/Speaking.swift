internal import Crypto
internal import Linux

/// Bytes of ours as text.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Somebody's text with nothing in it that could move a cursor: control characters become `?`.
func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
}

/// One line on standard output.
func say(_ line: String = "") { StandardStream.output.write(Array((line + "\n").utf8).span) }

/// Text on standard output, without a newline.
func sayInline(_ text: String) { StandardStream.output.write(Array(text.utf8).span) }

/// One line on standard error.
func sayOnError(_ line: String) { StandardStream.error.write(Array((line + "\n").utf8).span) }

/// Asks on standard error, so that standard output stays clean, and reads one line; nil at the end of the input.
func askLine(_ prompt: String) -> SecretBytes? {
    if !prompt.isEmpty { StandardStream.error.write(Array(prompt.utf8).span) }
    var answer = SecretBytes(capacity: 513)
    guard StandardStream.input.readLine(limit: 513, { answer.append($0) }) else { return nil }
    return answer
}
