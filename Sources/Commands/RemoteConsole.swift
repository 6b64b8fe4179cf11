package import Crypto
package import Linux
package import TwostepCore
package import Wire

/// An owner at the other end of a connection.
package final class RemoteConsole: Console {
    private var conversation: RemoteConversation

    package init(_ channel: consuming Channel) { conversation = RemoteConversation(channel) }

    package func write(_ text: [UInt8]) throws(SystemError) {
        conversation.show(.standard, text)
        if conversation.failure != nil { throw .brokenPipe }
    }

    package func writeError(_ text: [UInt8]) { conversation.show(.error, text) }

    /// Whether the question is seen where nobody sits at a terminal, is the client's business.
    package func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        do throws(ConversationError) {
            return try conversation.ask(Array(prompt.utf8.prefix(CommandOutput.limit)), echo: echo)
        } catch {
            return nil
        }
    }

    /// The client draws: it knows the terminal.
    package func draw(_ address: borrowing SecretBytes, _ style: QRStyle) throws(SystemError) {
        let isTooLong = address.count > CommandOutput.limit
        guard style != .none, !isTooLong else { return try write(Array("   (no QR code here: use the key)\n".utf8)) }
        conversation.show(style == .ascii ? .ascii : .halfBlocks, address.bytes.array)
        if conversation.failure != nil { throw .brokenPipe }
    }

    /// Says how it ended.
    package func end(_ status: ExitStatus?) { conversation.end(UInt8(clamping: status?.rawValue ?? 0)) }

    /// Whether nobody is at the other end any more.
    package var hasFailed: Bool { conversation.failure != nil }

    /// Whether the other end said what the protocol does not have.
    package var wasMalformed: Bool { conversation.failure == .malformed }
}

extension Span<UInt8> {
    fileprivate var array: [UInt8] {
        var array: [UInt8] = []
        for index in indices { array.append(self[index]) }
        return array
    }
}
