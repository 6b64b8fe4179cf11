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

    package init(_ socket: consuming Descriptor) { self.socket = socket }

    /// Connects to the service.
    ///
    /// - Returns: nil where none listens.
    /// - Throws: `EACCES` where what listens is not root's; what connect(2) says otherwise.
    package static func connect(to path: [UInt8]) throws(SystemError) -> Channel? {
        let socket: Descriptor
        do throws(SystemError) { socket = try Descriptor.connect(to: path) } catch {
            if error == .noEntry || error == .refused { return nil }
            throw error
        }
        guard try socket.peerUserID() == 0 else { throw .noAccess }
        return Channel(socket)
    }

    /// Sends one frame.
    ///
    /// - Throws: `.malformed` for a payload that the type does not allow; `.ended`, `.tooSlow`.
    package func send(_ type: FrameType, _ payload: Span<UInt8>) throws(FrameError) {
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
    }

    package func send(_ type: FrameType, _ payload: [UInt8] = []) throws(FrameError) { try send(type, payload.span) }

    /// Receives one frame, whose first byte must come within `patience` milliseconds and the rest soon after.
    package func receive(within patience: Int64) throws(FrameError) -> Frame {
        do throws(SystemError) {
            var head = SecretBytes(zeroes: FrameLimits.headerSize)
            var room = head.mutableBytes
            guard try socket.receive(into: &room, until: monotonicMilliseconds() + patience) else { throw .brokenPipe }
            return try receive(after: head)
        } catch {
            throw error == .tryAgain ? .tooSlow : error == .invalid ? .malformed : .ended
        }
    }

    private func receive(after head: borrowing SecretBytes) throws(SystemError) -> Frame {
        let header: FrameHeader
        do throws(FrameError) { header = try FrameHeader(head.bytes) } catch { throw .invalid }
        var payload = SecretBytes(zeroes: header.count)
        var room = payload.mutableBytes
        guard try socket.receive(into: &room, until: monotonicMilliseconds() + FrameLimits.send) else {
            throw .brokenPipe
        }
        return Frame(type: header.type, payload: payload)
    }
}
