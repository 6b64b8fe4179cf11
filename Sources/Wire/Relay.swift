package import Crypto
package import TwostepCore

/// The client's side of a login that the service judges: the person is here, everything else is there.
///
/// - Returns: what the service said at the end. Nothing else is an ending: its silence, its absence and anything that
///   the protocol does not have are errors.
package func relay<C: Conversation & ~Copyable>(
    _ hello: Hello, over channel: inout Channel, conversation: inout C
) throws(FrameError) -> FinalVerdict {
    guard let payload = hello.encode() else { throw .malformed }
    try channel.send(.hello, payload)
    while true {
        let frame = try channel.receive(within: FrameLimits.service)
        switch frame.type {
        case .info:
            let line = frame.payload.bytes
            guard line[0] <= 1 else { throw .malformed }
            conversation.tell(text(line.extracting(last: line.count - 1)), isError: line[0] == 1)
        case .prompt: try reply(to: frame, echo: true, over: &channel, &conversation)
        case .secretPrompt: try reply(to: frame, echo: false, over: &channel, &conversation)
        case .firstPass:
            if let answer = conversation.firstPass() {
                try channel.send(.answer, answer.bytes)
            } else {
                try channel.send(.noAnswer)
            }
        case .leave: try leave(frame.payload, over: &channel, &conversation)
        case .verdict:
            guard let verdict = FinalVerdict(rawValue: frame.payload.bytes[0]) else { throw .malformed }
            guard verdict != .otherVersion else { throw .otherVersion }
            return verdict
        case .hello, .answer, .noAnswer, .command, .output: throw .malformed
        }
    }
}

/// What is there to be read by anybody.
private func text(_ payload: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for index in payload.indices { text.append(payload[index]) }
    return text
}

private func reply<C: Conversation & ~Copyable>(
    to frame: borrowing Frame, echo: Bool, over channel: inout Channel, _ conversation: inout C
) throws(FrameError) {
    let answer: SecretBytes
    do throws(ConversationError) { answer = try conversation.ask(text(frame.payload.bytes), echo: echo) } catch {
        return try channel.send(.noAnswer)
    }
    try channel.send(.answer, answer.bytes)
}

private func leave<C: Conversation & ~Copyable>(
    _ password: borrowing SecretBytes, over channel: inout Channel, _ conversation: inout C
) throws(FrameError) {
    do throws(ConversationError) { try conversation.leave(password) } catch { return try channel.send(.noAnswer) }
    try channel.send(.answer)
}

/// The service's side: the person at the other end of a channel. Once the channel has failed, nobody answers any more
/// and nothing is shown.
package struct RemoteConversation: Conversation, ~Copyable {
    private var channel: Channel
    /// Why the channel has failed; nil while it has not.
    package private(set) var failure: FrameError?
    /// What the person has answered already.
    private var held: SecretBytes?

    package init(_ channel: consuming Channel) { self.channel = channel }

    package mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        if let answer = held.take() { return answer }
        return try exchange(echo ? .prompt : .secretPrompt, prompt.span)
    }

    /// The answer is that to the next question.
    package mutating func hold(_ answer: consuming SecretBytes) { held = consume answer }

    /// The answer that is held, for whoever judges it.
    package mutating func takeHeld() -> SecretBytes? { held.take() }

    package mutating func tell(_ line: [UInt8], isError: Bool) { send(.info, [isError ? 1 : 0] + line) }

    package mutating func firstPass() -> SecretBytes? {
        let nothing: [UInt8] = []
        do throws(ConversationError) { return try exchange(.firstPass, nothing.span) } catch { return nil }
    }

    package mutating func leave(_ password: borrowing SecretBytes) throws(ConversationError) {
        let taken = try exchange(.leave, password.bytes)
        guard taken.count == 0 else {
            fail(.malformed)
            throw .failed
        }
    }

    /// Says how it ended. Nothing can be said afterwards.
    package mutating func end(_ verdict: FinalVerdict) { end(verdict.rawValue) }

    /// The same of a command, by its exit status.
    package mutating func end(_ status: UInt8) {
        send(.verdict, [status])
        fail(.ended)
    }

    /// Shows what a command says, in as many frames as it takes.
    package mutating func show(_ output: CommandOutput, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            send(.output, [output.rawValue] + rest.prefix(CommandOutput.limit))
            rest = rest.dropFirst(CommandOutput.limit)
        }
    }

    private mutating func send(_ type: FrameType, _ payload: [UInt8]) {
        guard failure == nil else { return }
        do throws(FrameError) { try channel.send(type, payload) } catch { fail(error) }
    }

    private mutating func exchange(
        _ type: FrameType, _ payload: Span<UInt8>
    ) throws(ConversationError) -> SecretBytes {
        guard failure == nil else { throw .failed }
        do throws(FrameError) {
            try channel.send(type, payload)
            let frame = try channel.receive(within: FrameLimits.person)
            switch frame.type {
            case .answer: return frame.payload.copy()
            case .noAnswer: break
            default: throw .malformed
            }
        } catch {
            fail(error)
        }
        throw .failed
    }

    /// Only the first failure counts.
    private mutating func fail(_ error: FrameError) { if failure == nil { failure = error } }
}
