import Crypto
import TwostepCore
import Wire

/// What a person does at a question, by two bits: none answers, or an empty, a short or the longest answer is given.
private func reply(_ choice: UInt8) -> [UInt8]? {
    switch choice & 3 {
    case 0: nil
    case 1: []
    case 2: [0x78]
    default: [UInt8](repeating: 0xFF, count: 513)
    }
}

/// What happened before the person.
private enum Seen: Equatable {
    case asked([UInt8], echo: Bool)
    case told([UInt8], isError: Bool)
    case firstPass
    case left([UInt8])
}

/// Somebody whose every doing is laid down beforehand, and what they saw.
private final class Person {
    private let choices: UInt8
    private let service: FarEnd
    private(set) var seen: [Seen] = []
    private var questions: UInt8 = 0

    init(_ choices: UInt8, _ service: FarEnd) {
        self.choices = choices
        self.service = service
    }

    func see(_ what: Seen) {
        service.settle()
        seen.append(what)
    }

    /// What is done at the next question; the service must hear of it.
    func next(leaving: Bool = false) -> [UInt8]? {
        let chosen = reply(choices >> (questions % 4 * 2))
        questions &+= 1
        guard let chosen else {
            service.expect(ByDocument.frame(9))
            return nil
        }
        service.expect(ByDocument.frame(5, leaving ? [] : chosen))
        return chosen
    }
}

private struct PersonAtPrompt: Conversation {
    let person: Person

    func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        person.see(.asked(prompt, echo: echo))
        guard let answer = person.next() else { throw .failed }
        return SecretBytes(copying: answer.span)
    }

    func tell(_ line: [UInt8], isError: Bool) { person.see(.told(line, isError: isError)) }

    func firstPass() -> SecretBytes? {
        person.see(.firstPass)
        guard let answer = person.next() else { return nil }
        return SecretBytes(copying: answer.span)
    }

    func leave(_ password: borrowing SecretBytes) throws(ConversationError) {
        let bytes = password.bytes
        person.see(.left(bytes.indices.map { bytes[$0] }))
        guard person.next(leaving: true) != nil else { throw .failed }
    }
}

/// The client's side: what a service says, the first byte being what the person does.
func tryClient(_ input: [UInt8]) {
    let said = Array(input.dropFirst())
    let service = FarEnd(saying: said)
    let hello = Hello(
        realUID: 1000, silent: false, service: Array("su".utf8), user: Array("alice".utf8), remoteHost: [],
        terminal: [],
        arguments: [])
    service.expect(
        ByDocument.frame(1, [0, 1, 0, 0, 3, 232, 0, 5, 0, 2, 115, 117, 0, 5] + hello.user + [0, 0, 0, 0, 0, 0]))
    let person = Person(input.first ?? 0, service)
    let expected = ending(of: said)
    hear(hello, service, person, expected.verdict, expected.error)
    claim(person.seen == expected.seen, "\(person.seen) was seen, not \(expected.seen)")
    service.end()
}

private func hear(
    _ hello: Hello, _ service: FarEnd, _ person: Person, _ verdict: UInt8?, _ error: FrameError?
) {
    var channel = service.channel()
    var conversation = PersonAtPrompt(person: person)
    do throws(FrameError) {
        let heard = try relay(hello, over: &channel, conversation: &conversation)
        claim(verdict == heard.rawValue, "verdict \(heard)")
    } catch let failure {
        claim(error == failure, "\(failure) for \(error.map { "\($0)" } ?? "a verdict")")
    }
}

/// What the document makes of a service that says this.
private func ending(of said: [UInt8]) -> (verdict: UInt8?, error: FrameError?, seen: [Seen]) {
    var stream = ByDocument(said)
    var seen: [Seen] = []
    while true {
        switch stream.next() {
        case .ended: return (nil, .ended, seen)
        case .malformed: return (nil, .malformed, seen)
        case .frame(2, let line) where line[0] < 2:
            seen.append(.told(Array(line.dropFirst()), isError: line[0] == 1))
        case .frame(3, let prompt): seen.append(.asked(prompt, echo: true))
        case .frame(4, let prompt): seen.append(.asked(prompt, echo: false))
        case .frame(6, let value) where (1...7).contains(value[0]): return (value[0], nil, seen)
        case .frame(6, [8]): return (nil, .otherVersion, seen)
        case .frame(7, _): seen.append(.firstPass)
        case .frame(8, let password): seen.append(.left(password))
        case .frame: return (nil, .malformed, seen)
        }
    }
}
