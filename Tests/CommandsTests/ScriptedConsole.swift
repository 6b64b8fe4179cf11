import Crypto
import Linux
import TwostepCore

@testable import Commands

/// A person who answers what is asked, in turn; everything that they saw is kept.
final class ScriptedConsole: Console {
    /// What an answer may rest on: what stands on the screen.
    typealias Answer = (String) -> String?

    private var answers: [(question: String, answer: Answer)]
    /// Kept as bytes: a frame may end in the middle of a character.
    private var written: [UInt8] = []
    private var writtenAsError: [UInt8] = []
    private(set) var drawn: [String] = []
    /// What was to be kept in a file.
    private(set) var kept: [UInt8] = []
    private(set) var complaints: [String] = []
    var output: String { String(decoding: written, as: UTF8.self) }
    var errors: String { String(decoding: writtenAsError, as: UTF8.self) }

    /// Whether standard output can be written.
    var isHeard = true
    /// What it says where it cannot.
    var complaint = SystemError.inputOutput

    /// Is called for whatever is written, before it is.
    var whenWritten: (String) -> Void = { _ in }

    init(_ answers: [(String, Answer)]) { self.answers = answers.map { (question: $0.0, answer: $0.1) } }

    func write(_ text: [UInt8]) throws(SystemError) {
        guard isHeard else { throw complaint }
        whenWritten(String(decoding: text, as: UTF8.self))
        written += text
    }

    func writeError(_ text: [UInt8]) { writtenAsError += text }

    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        guard !answers.isEmpty else {
            complaints.append("not expected: \(prompt)")
            return nil
        }
        let next = answers.removeFirst()
        if next.question != prompt { complaints.append("\(prompt) in place of \(next.question)") }
        if echo == (prompt == "Password: ") { complaints.append("shown or not: \(prompt)") }
        return next.answer(output).map { SecretBytes(copying: Array($0.utf8).span) }
    }

    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {
        guard isHeard else { throw Failure.unheard(complaint, isDone: false) }
        var text: [UInt8] = []
        let bytes = address.bytes
        for index in bytes.indices { text.append(bytes[index]) }
        drawn.append(String(decoding: text, as: UTF8.self))
    }

    func keep(_ sheet: [UInt8]) throws(Failure) {
        guard isHeard else { throw Failure.unheard(complaint, isDone: false) }
        kept += sheet
    }

    /// Whether everything was asked that should have been.
    var isDone: Bool { answers.isEmpty && complaints.isEmpty }
}
