import Commands
import Crypto
import Linux
import TwostepCore
import Wire

/// What happened before somebody whose command the service carries out.
private enum Seen: Equatable {
    case wrote([UInt8])
    case wroteError([UInt8])
    case drew([UInt8], ascii: Bool)
    case kept([UInt8])
    case asked([UInt8], echo: Bool)
}

/// What a person does at a question, by two bits.
private func reply(_ choice: UInt8) -> [UInt8]? {
    switch choice & 3 {
    case 0: nil
    case 1: []
    case 2: [0x79]
    default: [UInt8](repeating: 0xFE, count: 513)
    }
}

/// What a client says that cannot write.
private func unheard(_ error: SystemError) -> Failure {
    Failure(
        "the output cannot be written (\(String(decoding: error.name, as: UTF8.self)))",
        hint: "see what holds with: twostep status", .inputOutput, leavesDoubt: true)
}

/// Somebody whose every doing is laid down beforehand.
private final class Somebody: Console {
    private let choices: UInt8
    /// How many writings standard output takes, and what it says to the next.
    private let room: Int
    private let complaint: SystemError
    private let service: FarEnd
    private(set) var seen: [Seen] = []
    private var questions: UInt8 = 0

    init(_ choices: UInt8, room: Int, _ complaint: SystemError, _ service: FarEnd) {
        self.choices = choices
        self.room = room
        self.complaint = complaint
        self.service = service
    }

    private func see(_ what: Seen) throws(SystemError) {
        service.settle()
        seen.append(what)
        guard seen.count(where: \.isOutput) <= room else { throw complaint }
    }

    func write(_ text: [UInt8]) throws(SystemError) { try see(.wrote(text)) }

    func writeError(_ text: [UInt8]) {
        service.settle()
        seen.append(.wroteError(text))
    }

    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {
        let bytes = address.bytes
        claim(style == .utf8 || style == .ascii, "\(String(describing: style))")
        try put(.drew(bytes.indices.map { bytes[$0] }, ascii: style == .ascii))
    }

    func keep(_ sheet: [UInt8]) throws(Failure) { try put(.kept(sheet)) }

    /// As a client says it that cannot.
    private func put(_ what: Seen) throws(Failure) {
        do throws(SystemError) { try see(what) } catch { throw unheard(error) }
    }

    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        service.settle()
        claim(!always, "shown to a pipe")
        seen.append(.asked(Array(prompt.utf8), echo: echo))
        let chosen = reply(choices >> (questions % 4 * 2))
        questions &+= 1
        service.expect(chosen.map { ByDocument.frame(5, $0) } ?? ByDocument.frame(9))
        return chosen.map { SecretBytes(copying: $0.span) }
    }
}

extension Seen {
    fileprivate var isOutput: Bool {
        switch self {
        case .wrote, .drew, .kept: true
        case .wroteError, .asked: false
        }
    }
}

/// The side of an owner's client: what a service says. The first byte is what the person answers, the second how much
/// standard output takes, and how it fails.
func tryOwnersClient(_ input: [UInt8]) {
    let said = Array(input.dropFirst(2))
    let service = FarEnd(saying: said)
    let room = input.count > 1 ? Int(input[1] / 2) : 0
    let complaint: SystemError = input.count > 1 && input[1] % 2 == 1 ? .invalid : .inputOutput
    let request = ByDocument.command(of: [Array("status".utf8), Array("--".utf8)])
    service.expect(ByDocument.frame(10, request))
    let person = Somebody(input.first ?? 0, room: room, complaint, service)
    let expected = ending(of: said, room: room, complaint)
    let served = serve(request, service, person)
    claim(served == expected.served, "\(served) in place of \(expected.served)")
    claim(person.seen == expected.seen, "\(person.seen) was seen, not \(expected.seen)")
    service.end()
}

private func serve(_ request: [UInt8], _ service: FarEnd, _ person: Somebody) -> Served {
    var channel = service.channel()
    return relay(request, over: &channel, person)
}

/// What the document makes of a service that says this.
private func ending(of said: [UInt8], room: Int, _ complaint: SystemError) -> (served: Served, seen: [Seen]) {
    var stream = ByDocument(said)
    var seen: [Seen] = []
    while seen.count(where: \.isOutput) <= room {
        switch stream.next() {
        case .ended: return (.failed(.ended), seen)
        case .frame(11, let output) where output[0] == 1: seen.append(.wrote(Array(output.dropFirst())))
        case .frame(11, let output) where output[0] == 2: seen.append(.wroteError(Array(output.dropFirst())))
        case .frame(11, let output) where output[0] == 3 || output[0] == 4:
            seen.append(.drew(Array(output.dropFirst()), ascii: output[0] == 4))
        case .frame(11, let output) where output[0] == 5: seen.append(.kept(Array(output.dropFirst())))
        case .frame(3, let prompt): seen.append(.asked(shown(prompt), echo: true))
        case .frame(4, let prompt): seen.append(.asked(shown(prompt), echo: false))
        case .frame(6, [8]): return (.failed(.otherVersion), seen)
        case .frame(6, let status): return (.ended(status[0]), seen)
        case .frame, .malformed: return (.failed(.malformed), seen)
        }
    }
    return (.unheard(unheard(complaint)), seen)
}

/// A question as it is shown: what is no UTF-8 in it is not shown as it came.
private func shown(_ prompt: [UInt8]) -> [UInt8] { Array(String(decoding: prompt, as: UTF8.self).utf8) }
