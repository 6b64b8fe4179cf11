package import Crypto
package import Linux
package import TwostepCore
package import Wire

/// Where a command speaks: root's own terminal, or an owner at the other end of a connection to the service. Everything
/// that a command shows and asks goes through here, so that each command is there once.
package protocol Console: AnyObject {
    /// Writes to standard output.
    ///
    /// - Throws: where nobody can read it (a full disk, a closed pipe): it may have been a key.
    func write(_ text: [UInt8]) throws(SystemError)

    /// Writes to standard error; where that cannot be written there is nobody to tell.
    func writeError(_ text: [UInt8])

    /// Asks for one line.
    ///
    /// - Parameters:
    ///   - echo: whether what is typed may be seen.
    ///   - always: whether the question is shown also where nobody sits at a terminal.
    /// - Returns: at most 513 bytes, of which nothing takes the last; nil at the end of the input.
    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes?

    /// Waits until something comes over a connection.
    ///
    /// - Returns: false where the person wants to wait no longer.
    func wait(for channel: borrowing Channel) -> Bool

    /// Draws an address as a QR code, as far as the terminal can show it, right above the question that follows; says so
    /// where it cannot. Where the person wants a picture in a file, it is made.
    ///
    /// - Parameter style: nil where nothing is to be drawn here.
    /// - Throws: where it cannot be written.
    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure)

    /// Puts new backup codes where the person wants them kept beside the screen; nowhere, where they want none.
    ///
    /// - Parameter sheet: what they print.
    /// - Throws: where it cannot be written.
    func keep(_ sheet: [UInt8]) throws(Failure)
}

extension Console {
    /// Waits until something comes over a connection.
    ///
    /// - Returns: false where the person wants to wait no longer.
    package func wait(for channel: borrowing Channel) -> Bool { true }
}

/// A console as the login dialogue's other side; what is told is shown only once it is clear that it was about the answer.
struct ConsoleConversation: Conversation {
    let console: any Console
    private var told: [[UInt8]] = []

    init(_ console: any Console) { self.console = console }

    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        flush()
        guard let answer = console.ask(text(prompt), echo: true, always: false) else { throw .failed }
        return answer
    }

    mutating func tell(_ line: [UInt8], isError: Bool) { told.append(line) }

    func firstPass() -> SecretBytes? { nil }

    func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }

    /// Shows what has been told.
    mutating func flush() {
        for line in told { console.writeError(line + [0x0A]) }
        told = []
    }
}
