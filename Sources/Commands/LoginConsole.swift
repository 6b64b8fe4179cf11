package import Crypto
package import Linux
package import TwostepCore

/// Somebody at a login, as a command speaks to them: what is shown goes out line by line, and an application such as sshd
/// shows all of it together with the next question.
package final class LoginConsole<Person: Conversation & ~Copyable>: Console {
    package var person: Person
    /// Lines of a QR code, or of what stands in its place; the other end cannot draw, and nobody knows its terminal.
    private let picture: (borrowing SecretBytes, QRStyle) -> [String]
    /// Whether a question was left without an answer.
    package private(set) var hasFailed = false

    package init(_ person: consuming Person, picture: @escaping (borrowing SecretBytes, QRStyle) -> [String]) {
        self.person = person
        self.picture = picture
    }

    package func write(_ text: [UInt8]) throws(SystemError) {
        tell(text, isError: false)
        if hasFailed { throw .brokenPipe }
    }

    package func writeError(_ text: [UInt8]) { tell(text, isError: true) }

    package func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        do throws(ConversationError) { return try person.ask(Array(prompt.utf8), echo: echo) } catch {
            hasFailed = true
            return nil
        }
    }

    package func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {
        guard let style else { return }
        for line in picture(address, style) { person.tell(Array(line.utf8), isError: false) }
    }

    /// There is no file here.
    package func keep(_ sheet: [UInt8]) throws(Failure) {}

    private func tell(_ text: [UInt8], isError: Bool) {
        var lines = text.parts(separatedBy: UInt8(ascii: "\n"))
        if lines.last == [] { lines.removeLast() }
        for line in lines { person.tell(Array(line.prefix(CommandOutput.limit)), isError: isError) }
    }
}
