import Linux
import Wire

/// The other end of a channel, in a test's hands: it says what no side of ours would.
final class OtherEnd {
    private var socket: Descriptor?
    private var own: Channel?

    /// Whoever has said all of `bytes` already.
    init(saying bytes: [UInt8] = []) throws {
        own = Channel(try Descriptor.pair { self.socket = consume $0 })
        try say(bytes)
    }

    /// Our end. To be called once.
    func channel() throws -> Channel {
        guard let channel = own.take() else { throw SystemError.invalid }
        return channel
    }

    func say(_ bytes: [UInt8]) throws {
        try socket?.send(bytes.span, until: monotonicMilliseconds() + 1000)
    }

    /// Says nothing more, and still takes what is sent.
    func endSending() { socket?.endSending() }
}
