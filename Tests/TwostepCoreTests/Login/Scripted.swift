import Crypto
import Testing

@testable import TwostepCore

/// One thing that is expected to happen in a conversation, in this order and no other.
enum Step: Equatable {
    /// A prompt, and what the person answers.
    case prompt(String, echo: Bool = false, answer: String)
    /// A prompt at which the application fails.
    case promptFails(String)
    /// The module asks what a module before it was told, and gets this.
    case firstPass(String?)
    /// The module leaves a password for the one after it.
    case left(String)
    /// The same, and the application fails.
    case leavingFails(String)
    /// An answer is kept for whoever takes over.
    case held(String)
    case info(String)
    case error(String)
}

/// A person who does exactly what the test says; anything else that is asked or shown is a failure of the test, and so
/// is a step that never comes.
struct ScriptedConversation: Conversation {
    private var steps: [Step]
    private(set) var surprises: [String] = []

    init(_ steps: [Step]) { self.steps = steps }

    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        let asked = String(decoding: prompt, as: UTF8.self)
        switch next() {
        case .prompt(asked, echo, let answer): return SecretBytes(copying: Array(answer.utf8).span)
        case .promptFails(asked): throw .failed
        case let other:
            surprises.append("asked \"\(asked)\" instead of \(String(describing: other))")
            throw .failed
        }
    }

    mutating func tell(_ line: [UInt8], isError: Bool) {
        let text = String(decoding: line, as: UTF8.self)
        let told: Step = isError ? .error(text) : .info(text)
        let expected = next()
        if expected != told { surprises.append("told \(told) instead of \(String(describing: expected))") }
    }

    mutating func firstPass() -> SecretBytes? {
        switch next() {
        case .firstPass(.none): return nil
        case .firstPass(.some(let answer)): return SecretBytes(copying: Array(answer.utf8).span)
        case let other:
            surprises.append("wanted the first pass instead of \(String(describing: other))")
            return nil
        }
    }

    mutating func leave(_ password: borrowing SecretBytes) throws(ConversationError) {
        let left = string(password)
        switch next() {
        case .left(left): return
        case .leavingFails(left): throw .failed
        case let other:
            surprises.append("left \"\(left)\" instead of \(String(describing: other))")
            throw .failed
        }
    }

    mutating func hold(_ answer: consuming SecretBytes) {
        let held = string(answer)
        let expected = next()
        if expected != .held(held) { surprises.append("held \"\(held)\" instead of \(String(describing: expected))") }
    }

    private mutating func next() -> Step? { steps.isEmpty ? nil : steps.removeFirst() }

    /// What went otherwise than scripted.
    var complaints: [String] { surprises + steps.map { "never came: \($0)" } }
}

/// What happened, in order; shared by the store and whoever else takes part.
final class Diary {
    var lines: [String] = []

    func note(_ line: String) { lines.append(line) }
}
