internal import Crypto
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
func say(_ line: String = "") throws {
    do throws(SystemError) { try StandardStream.output.write(Array((line + "\n").utf8).span) } catch {
        throw Failure(
            "the output cannot be written (\(text(error.name)))",
            hint: "nothing was changed; make room and start again",
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
