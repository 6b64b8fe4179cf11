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
    package func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {
        let isTooLong = address.count > CommandOutput.limit
        if style == QRStyle.none || isTooLong {
            conversation.show(.standard, Array("   (no QR code here: use the key)\n\n".utf8))
        } else if let style {
            conversation.show(style == .ascii ? .ascii : .halfBlocks, address.bytes.array)
        }
        try checkIsHeard()
    }

    /// Where to, and whether at all, is the client's business.
    package func keep(_ sheet: [UInt8]) throws(Failure) {
        conversation.show(.sheet, sheet)
        try checkIsHeard()
    }

    private func checkIsHeard() throws(Failure) {
        if conversation.failure != nil { throw Failure.unheard(.brokenPipe, isDone: false) }
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
