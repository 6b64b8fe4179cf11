internal import Crypto
package import TwostepCore
package import Wire

/// What a client begins a connection with.
package enum Opening: Equatable {
    /// A login that is to be judged.
    case login(Hello)
    /// A command that its owner wants done.
    case command(CommandRequest)

    /// Receives the first frame, and reads it.
    ///
    /// - Parameter peer: the effective uid of the other end. Root does itself what it wants done, so of root a command is
    ///   malformed.
    /// - Throws: `.malformed` for what is neither, `.otherVersion`; what the channel throws.
    package static func receive(from channel: inout Channel, of peer: UInt32) throws(FrameError) -> Opening {
        let frame = try channel.receive(within: FrameLimits.hello)
        switch frame.type {
        case .hello: return .login(try Hello.decode(frame.payload.bytes))
        case .command where peer != 0: return .command(try CommandRequest.decode(frame.payload.bytes))
        default: throw .malformed
        }
    }
}
