import Linux
import Wire

/// The other end of a channel: it has said everything beforehand, and reads what is sent to it, byte for byte.
final class FarEnd {
    private var socket: Descriptor?
    private var near: Channel?
    /// What must have been sent to it by now, and has not been read yet.
    private var due: [UInt8] = []

    init(saying bytes: [UInt8]) {
        do throws(SystemError) {
            near = Channel(try Descriptor.pair { self.socket = consume $0 })
            try socket?.send(bytes.span, until: monotonicMilliseconds() + 1000)
        } catch {
            fatalError("no pair of sockets: \(error)")
        }
        socket?.endSending()
    }

    /// Reads an input as how many things a service does, each of them, and what a client says; `serve` does and hears it.
    static func play(_ input: [UInt8], _ serve: (FarEnd, [UInt8], [UInt8]) -> Void) {
        let count = Int(input.first ?? 0) % 32
        let said = Array(input.dropFirst(1 + count))
        let client = FarEnd(saying: said)
        serve(client, Array(input.dropFirst().prefix(count)), said)
        client.end()
    }

    /// The end that is tried. To be called once.
    func channel() -> Channel {
        guard let channel = near.take() else { fatalError("taken already") }
        return channel
    }

    func expect(_ bytes: [UInt8]) { due += bytes }

    /// Whether what was expected has come.
    func settle() {
        guard !due.isEmpty else { return }
        var room = [UInt8](repeating: 0, count: due.count)
        do throws(SystemError) {
            var span = room.mutableSpan
            try socket?.receive(into: &span, until: monotonicMilliseconds() + 1000)
        } catch {
            fatalError("not sent: \(due): \(error)")
        }
        claim(room == due, "sent \(room) for \(due)")
        due = []
    }

    /// Whether nothing but what was expected has come; the near end must be closed.
    func end() {
        settle()
        var room: [UInt8] = [0]
        do throws(SystemError) {
            var span = room.mutableSpan
            try socket?.receive(into: &span, until: monotonicMilliseconds() + 1000)
        } catch {
            // An end of file, or a reset where the near end left something unread.
            return claim(error != .tryAgain, "not closed")
        }
        claim(false, "sent more than it should: \(room[0])")
    }
}
