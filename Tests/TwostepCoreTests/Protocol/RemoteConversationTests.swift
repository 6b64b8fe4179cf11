import Crypto
import Linux
import Testing
import Wire

@testable import TwostepCore

/// The service's side against a client that says anything at all.
struct RemoteConversationTests {
    private func frame(_ type: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        [type, UInt8(payload.count >> 8), UInt8(payload.count & 255)] + payload
    }

    /// The clients of this test, who must be there to take what is sent.
    private final class Clients { var all: [OtherEnd] = [] }
    private let clients = Clients()

    /// A conversation with somebody who has said all this and says nothing more.
    private func conversation(_ said: [UInt8]) throws -> RemoteConversation {
        let client = try OtherEnd(saying: said)
        client.endSending()
        clients.all.append(client)
        return RemoteConversation(try client.channel())
    }

    private func firstPass(_ conversation: inout RemoteConversation) -> [UInt8]? {
        guard let told = conversation.firstPass() else { return nil }
        return array(told)
    }

    private let prompt = Array("Code: ".utf8)

    @Test func anAnswerIsAnAnswerUpToTheLongest() throws {
        for count in [0, 1, 512, 513] {
            var conversation = try conversation(frame(5, [UInt8](repeating: 0x31, count: count)))
            let answer = try conversation.ask(prompt, echo: false)
            #expect(array(answer) == [UInt8](repeating: 0x31, count: count))
            #expect(conversation.failure == nil)
        }
    }

    @Test func noAnswerIsNone() throws {
        var conversation = try conversation(frame(9) + frame(5, [0x31]))
        #expect(throws: ConversationError.failed) { _ = try conversation.ask(prompt, echo: false) }
        #expect(conversation.failure == nil)
        let next = firstPass(&conversation)
        #expect(next == [0x31])
    }

    @Test func whatIsNoAnswerEndsTheConversation() throws {
        for (said, failure) in [
            (frame(1, HelloTests.bytes), FrameError.malformed), (frame(6, [1]), .malformed),
            (frame(2, [0]), .malformed),
            (frame(7), .malformed), (frame(8), .malformed), (frame(10), .malformed), ([5, 2, 2], .malformed),
            ([], .ended),
            ([5, 0], .ended), ([5, 0, 9, 0x31], .ended),
        ] {
            var conversation = try conversation(said + (failure == .ended ? [] : frame(5, [0x31])))
            #expect(throws: ConversationError.failed) { _ = try conversation.ask(prompt, echo: true) }
            #expect(conversation.failure == failure, "\(said)")
            // Nothing is asked, heard or shown afterwards, though an answer lies there.
            #expect(throws: ConversationError.failed) { _ = try conversation.ask(prompt, echo: true) }
            let next = firstPass(&conversation)
            #expect(next == nil)
            conversation.tell(prompt, isError: false)
            #expect(conversation.failure == failure)
        }
    }

    @Test func leavingIsAnsweredByNothing() throws {
        var conversation = try conversation(frame(5) + frame(9) + frame(5, [1]))
        let password = secret(Array("pass".utf8))
        try conversation.leave(password)
        #expect(throws: ConversationError.failed) { try conversation.leave(password) }
        #expect(conversation.failure == nil)
        #expect(throws: ConversationError.failed) { try conversation.leave(password) }
        #expect(conversation.failure == .malformed)
    }

    @Test func afterTheVerdictNothingIsSaid() throws {
        var conversation = try conversation(frame(5, [0x31]))
        conversation.end(.refused)
        #expect(throws: ConversationError.failed) { _ = try conversation.ask(prompt, echo: false) }
    }
}
