import Commands
import Crypto
import TwostepCore
import Wire

/// The service's side.
func tryService(_ input: [UInt8]) { FarEnd.play(input, serve) }

private func serve(_ client: FarEnd, _ doings: [UInt8], _ said: [UInt8]) {
    var stream = ByDocument(said)
    var channel = client.channel()
    guard case .login = hearOpening(&channel, &stream, from: 0) else { return }
    var conversation = RemoteConversation(channel)
    var failure: FrameError?
    // Answered already: nothing is asked for it.
    conversation.hold(SecretBytes(copying: said.span))
    do throws(ConversationError) {
        let held = try conversation.ask([], echo: true)
        claim(held.count == said.count, "another answer than the one that was held")
    } catch {
        claim(false, "the answer that was held is gone")
    }
    for doing in doings {
        switch doing % 5 {
        case 0: tell(doing, &conversation, client, failure)
        case 1, 2: ask(echo: doing % 5 == 1, &conversation, client, &stream, &failure)
        case 3: firstPass(&conversation, client, &stream, &failure)
        default: leave([UInt8](repeating: doing, count: Int(doing)), &conversation, client, &stream, &failure)
        }
        claim(conversation.failure == failure, "\(String(describing: conversation.failure)) for \(said)")
        client.settle()
    }
    conversation.end(.refused)
    if failure == nil { client.expect(ByDocument.frame(6, [2])) }
    claim(conversation.failure == failure ?? .ended, "nothing after the end")
    claim(conversation.firstPass() == nil, "an answer after the end")
}

/// What a client begins with; nil where the document has no such beginning.
///
/// - Parameter peer: its effective uid. Root's commands are not for the service.
func hearOpening(_ channel: inout Channel, _ stream: inout ByDocument, from peer: UInt32) -> Opening? {
    let expected = opening(stream.next(), from: peer)
    do throws(FrameError) {
        let opening = try Opening.receive(from: &channel, of: peer)
        switch (opening, expected) {
        case (.login(let hello), .login(let greeting)):
            let texts = [hello.service, hello.user, hello.remoteHost, hello.terminal, hello.session] + hello.arguments
            claim(
                greeting
                    == ByDocument.Greeting(
                        uid: hello.realUID, isSilent: hello.silent, isAnswered: hello.isAnswered, texts: texts),
                "another hello")
        case (.command(let request), .command(let words)):
            claim(request.words.map { Array($0.utf8) } == words, "another command")
        default: claim(false, "\(opening) for \(expected)")
        }
        return opening
    } catch {
        claim(expected == .failed(error), "\(error) for \(expected)")
        return nil
    }
}

private enum Expected: Equatable {
    case login(ByDocument.Greeting)
    case command([[UInt8]])
    case failed(FrameError)
}

private func opening(_ next: ByDocument.Next, from peer: UInt32) -> Expected {
    switch next {
    case .ended: return .failed(.ended)
    case .frame(1, let payload):
        switch ByDocument.hello(payload) {
        case .greeting(let greeting): return .login(greeting)
        case .malformed: return .failed(.malformed)
        case .otherVersion: return .failed(.otherVersion)
        }
    case .frame(10, let payload) where peer != 0:
        switch ByDocument.command(payload) {
        case .words(let words): return .command(words)
        case .malformed: return .failed(.malformed)
        case .otherVersion: return .failed(.otherVersion)
        }
    case .frame, .malformed: return .failed(.malformed)
    }
}

private func tell(
    _ doing: UInt8, _ conversation: inout RemoteConversation, _ client: FarEnd, _ failure: FrameError?
) {
    let line = [UInt8](repeating: doing, count: Int(doing) * 4)
    conversation.tell(line, isError: doing > 127)
    if failure == nil { client.expect(ByDocument.frame(2, [doing > 127 ? 1 : 0] + line)) }
}

/// What a client's next frame is as an answer; the failure that it leads to, once.
private func answer(_ stream: inout ByDocument, _ failure: inout FrameError?, leaving: Bool = false) -> [UInt8]? {
    guard failure == nil else { return nil }
    switch stream.next() {
    case .frame(5, let answer) where !leaving || answer.isEmpty: return answer
    case .frame(9, _): break
    case .ended: failure = .ended
    case .frame, .malformed: failure = .malformed
    }
    return nil
}

private func ask(
    echo: Bool, _ conversation: inout RemoteConversation, _ client: FarEnd, _ stream: inout ByDocument,
    _ failure: inout FrameError?
) {
    if failure == nil { client.expect(ByDocument.frame(echo ? 3 : 4, [0x3F])) }
    let expected = answer(&stream, &failure)
    do throws(ConversationError) {
        let given = try conversation.ask([0x3F], echo: echo)
        let bytes = given.bytes
        claim(bytes.indices.map { bytes[$0] } == expected, "another answer")
    } catch {
        claim(expected == nil, "an answer was lost")
    }
}

private func firstPass(
    _ conversation: inout RemoteConversation, _ client: FarEnd, _ stream: inout ByDocument,
    _ failure: inout FrameError?
) {
    if failure == nil { client.expect(ByDocument.frame(7)) }
    let expected = answer(&stream, &failure)
    guard let given = conversation.firstPass() else { return claim(expected == nil, "an answer was lost") }
    let bytes = given.bytes
    claim(bytes.indices.map { bytes[$0] } == expected, "another answer")
}

private func leave(
    _ password: [UInt8], _ conversation: inout RemoteConversation, _ client: FarEnd, _ stream: inout ByDocument,
    _ failure: inout FrameError?
) {
    if failure == nil { client.expect(ByDocument.frame(8, password)) }
    let expected = answer(&stream, &failure, leaving: true)
    let secret = SecretBytes(copying: password.span)
    do throws(ConversationError) {
        try conversation.leave(secret)
        claim(expected != nil, "left with nobody")
    } catch {
        claim(expected == nil, "taken, and not believed")
    }
}
