package import Crypto
package import TwostepCore

/// The client's side of a login that the service judges: the person is here, everything else is there.
///
/// - Returns: what the service said at the end. Nothing else is an ending: its silence, its absence and anything that
///   the protocol does not have are errors.
package func relay<C: Conversation & ~Copyable>(
    _ hello: Hello, over channel: borrowing Channel, conversation: inout C
) throws(FrameError) -> FinalVerdict {
    guard let payload = hello.encode() else { throw .malformed }
    try channel.send(.hello, payload)
    while true {
        let frame = try channel.receive(within: FrameLimits.service)
        switch frame.type {
        case .info:
            let line = frame.payload.bytes
            conversation.tell(text(line.extracting(last: line.count - 1)), isError: line[0] != 0)
        case .prompt: try reply(to: frame, echo: true, over: channel, &conversation)
        case .secretPrompt: try reply(to: frame, echo: false, over: channel, &conversation)
        case .firstPass:
            if let answer = conversation.firstPass() {
                try channel.send(.answer, answer.bytes)
            } else {
                try channel.send(.noAnswer)
            }
        case .leave: try leave(frame.payload, over: channel, &conversation)
        case .verdict:
            guard let verdict = FinalVerdict(rawValue: frame.payload.bytes[0]) else { throw .malformed }
            return verdict
        case .hello, .answer, .noAnswer: throw .malformed
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
    to frame: borrowing Frame, echo: Bool, over channel: borrowing Channel, _ conversation: inout C
) throws(FrameError) {
    let answer: SecretBytes
    do throws(ConversationError) { answer = try conversation.ask(text(frame.payload.bytes), echo: echo) } catch {
        return try channel.send(.noAnswer)
    }
    try channel.send(.answer, answer.bytes)
}

private func leave<C: Conversation & ~Copyable>(
    _ password: borrowing SecretBytes, over channel: borrowing Channel, _ conversation: inout C
) throws(FrameError) {
    do throws(ConversationError) { try conversation.leave(password) } catch { return try channel.send(.noAnswer) }
    try channel.send(.answer)
}

/// The service's side: the person at the other end of a channel. Once the channel has failed, nobody answers any more.
package struct RemoteConversation: Conversation, ~Copyable {
    package let channel: Channel

    package init(_ channel: consuming Channel) { self.channel = channel }

    package func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        try exchange(echo ? .prompt : .secretPrompt, prompt.span)
    }

    package func tell(_ line: [UInt8], isError: Bool) {
        do throws(FrameError) { try channel.send(.info, [isError ? 1 : 0] + line) } catch {}
    }

    package func firstPass() -> SecretBytes? {
        let nothing: [UInt8] = []
        do throws(ConversationError) { return try exchange(.firstPass, nothing.span) } catch { return nil }
    }

    package func leave(_ password: borrowing SecretBytes) throws(ConversationError) {
        _ = try exchange(.leave, password.bytes)
    }

    private func exchange(_ type: FrameType, _ payload: Span<UInt8>) throws(ConversationError) -> SecretBytes {
        do throws(FrameError) {
            try channel.send(type, payload)
            let frame = try channel.receive(within: FrameLimits.person)
            guard frame.type == .answer else { throw .ended }
            return frame.payload.copy()
        } catch {
            throw .failed
        }
    }
}
