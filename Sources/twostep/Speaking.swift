internal import Crypto
internal import FoundationEssentials
internal import Linux

/// Bytes of ours as text.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Somebody's text with nothing in it that could move a cursor or turn a line round: control and formatting characters
/// become `?`.
func printable(_ text: String) -> String {
    let unseen: [Unicode.GeneralCategory] = [.control, .format]
    return String(
        String.UnicodeScalarView(text.unicodeScalars.map { unseen.contains($0.properties.generalCategory) ? "?" : $0 }))
}

/// One line on standard output. What nobody can read (a full disk, a closed pipe) is an error: it may have been a key.
///
/// - Parameter isDone: whether what the line tells of has happened already.
func say(_ line: String = "", isDone: Bool = false) throws {
    do throws(SystemError) { try StandardStream.output.write(Array((line + "\n").utf8).span) } catch {
        throw Failure(
            "the output cannot be written (\(text(error.name)))",
            hint: isDone
                ? "what was asked for is done; see with: twostep status"
                : "nothing was changed; make room and start again",
            .inputOutput)
    }
}

/// One line on standard error; where that cannot be written there is nobody to tell.
func sayOnError(_ line: String) {
    do throws(SystemError) { try StandardStream.error.write(Array((line + "\n").utf8).span) } catch {}
}

/// Asks on standard error, so that standard output stays clean, and reads one line; nil at the end of the input.
func askLine(_ prompt: String) -> SecretBytes? {
    do throws(SystemError) { try StandardStream.error.write(Array(prompt.utf8).span) } catch { return nil }
    var answer = SecretBytes(capacity: 513)
    guard StandardStream.input.readLine(limit: 513, { answer.append($0) }) else { return nil }
    return answer
}

/// One value as JSON on one line of standard output, its keys in alphabetical order; as `say` otherwise.
func sayJSON(_ value: some Encodable, isDone: Bool = false) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try say(String(decoding: try encoder.encode(value), as: UTF8.self), isDone: isDone)
}

/// A stretch of time in words, its largest two units at most: `2 h 5 min`.
func duration(_ seconds: Int64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    let words = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return words.isEmpty ? "0 s" : words.joined(separator: " ")
}
