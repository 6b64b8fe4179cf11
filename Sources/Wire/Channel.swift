package import Crypto
package import Linux
package import TwostepCore

/// A frame as it came.
package struct Frame: ~Copyable {
    package let type: FrameType
    /// The payload: it may be an answer, so it is kept as one.
    package let payload: SecretBytes
}

/// A connection on which frames go both ways. Every wait is bounded; after an error nothing more is sent or read.
public struct Channel: ~Copyable {
    /// Where the service listens.
    package static var path: StaticString { "/run/twostep/socket" }

    private let socket: Descriptor
    private var isOpen = true
    /// Whether a frame has come from the other side.
    package private(set) var hasHeard = false

    package init(_ socket: consuming Descriptor) { self.socket = socket }

    /// Connects to the service.
    ///
    /// - Returns: nil where none listens.
    /// - Throws: `EACCES` where what listens is not root's, `EAGAIN` where its turn has not come; what connect(2) says
    ///   otherwise.
    package static func connect(to path: [UInt8]) throws(SystemError) -> Channel? {
        let socket: Descriptor
        do throws(SystemError) { socket = try Descriptor.connect(to: path, within: FrameLimits.turn) } catch {
            if error == .noEntry || error == .refused { return nil }
            throw error
        }
        guard try socket.peerUserID() == 0 else { throw .noAccess }
        return Channel(socket)
    }

    /// Sends one frame.
    ///
    /// - Throws: `.malformed` for a payload that the type does not allow; `.ended`, `.tooSlow`.
    package mutating func send(_ type: FrameType, _ payload: Span<UInt8>) throws(FrameError) {
        guard isOpen else { throw .ended }
        isOpen = false
        guard let header = FrameHeader(type, count: payload.count) else { throw .malformed }
        // One piece, so that a frame is not two packets.
        var bytes = SecretBytes(capacity: FrameLimits.headerSize + payload.count)
        let head = header.bytes
        bytes.append(contentsOf: head.span)
        bytes.append(contentsOf: payload)
        do throws(SystemError) {
            try socket.send(bytes.bytes, until: monotonicMilliseconds() + FrameLimits.send)
        } catch {
            throw error == .tryAgain ? .tooSlow : .ended
        }
        isOpen = true
    }

    @inline(never)
    package mutating func send(_ type: FrameType, _ payload: [UInt8] = []) throws(FrameError) {
        try send(type, payload.span)
    }

    /// Waits for a frame for as long as a client does, or until a signal comes.
    ///
    /// - Returns: the signal.
    package func wait(_ interruptions: Interruptions) -> Int32? {
        isOpen ? interruptions.wait(for: socket, within: FrameLimits.service) : nil
    }

    /// Receives one frame, whose header must come within `patience` milliseconds and the rest soon after.
    package mutating func receive(within patience: Int64) throws(FrameError) -> Frame {
        guard isOpen else { throw .ended }
        isOpen = false
        let head = try receive(FrameLimits.headerSize, within: patience)
        let header = try FrameHeader(head.bytes)
        let payload = try receive(header.count, within: FrameLimits.send)
        isOpen = true
        hasHeard = true
        return Frame(type: header.type, payload: payload)
    }

    private func receive(_ count: Int, within patience: Int64) throws(FrameError) -> SecretBytes {
        var bytes = SecretBytes(zeroes: count)
        var room = bytes.mutableBytes
        do throws(SystemError) {
            try socket.receive(into: &room, until: monotonicMilliseconds() + patience)
        } catch {
            throw error == .tryAgain ? .tooSlow : .ended
        }
        return bytes
    }
}
