internal import Crypto
internal import Linux
package import TwostepCore
internal import Vault
package import Wire

/// Has `twostepd` carry out a command, for somebody who is not root: the person is here, everything else is there
/// (docs/protocol.md).
///
/// - Returns: the exit status that the service gave.
/// - Throws: where there is no service, or it ended without a verdict.
package func askService(for command: any OwnerCommand, at console: any Console) throws -> UInt8 {
    guard command.site.named == nil else {
        throw Failure(
            "only root can name a configuration file",
            hint: "leave --config and TWOSTEP_CONFIG away, or run it with sudo", .noPermission)
    }
    guard let payload = CommandRequest(try command.request()).encode() else {
        throw Failure("the command line is too long", hint: "give shorter texts", .usage)
    }
    let end = monotonicMilliseconds() + Int64(FrameLimits.turn) * 1000
    var wait: Int64 = 100
    while true {
        var channel = try connect()
        switch relay(payload, over: &channel, console) {
        case .ended(let status): return status
        case .unheard(let failure): throw failure
        case .failed(let error):
            // Whom the service has no place for it closes without a word.
            guard error == .ended, !channel.hasHeard, monotonicMilliseconds() < end else { throw Failure(error) }
        }
        pause(milliseconds: wait)
        wait = min(wait * 2, 800)
    }
}

private func connect() throws(Failure) -> Channel {
    do throws(SystemError) {
        if let channel = try Channel.connect(to: [UInt8](text: Channel.path)) { return channel }
    } catch {
        throw Failure(
            "the service does not answer (\(text(error.name)))",
            hint: "try again in a moment, or ask your administrator", .unavailable)
    }
    throw Failure(
        "the service is not running", hint: "ask your administrator to start twostepd, or to run this as root",
        .unavailable)
}

/// How a connection ended for the client.
package enum Served: Equatable {
    /// By a verdict.
    case ended(UInt8)
    /// What the service showed could not be written: nothing more is answered.
    case unheard(Failure)
    case failed(FrameError)
}

/// The client's side of one connection.
package func relay(_ payload: [UInt8], over channel: inout Channel, _ console: any Console) -> Served {
    do throws(FrameError) {
        try channel.send(.command, payload)
        while true {
            let end = monotonicMilliseconds() + FrameLimits.service
            guard console.wait(for: channel) else { return .unheard(Failure.interrupted) }
            let frame = try channel.receive(within: max(end - monotonicMilliseconds(), 0))
            switch frame.type {
            case .output:
                guard let output = CommandOutput(rawValue: frame.payload.bytes[0]) else { throw FrameError.malformed }
                do throws(Failure) { try show(output, frame.payload.bytes, console) } catch { return .unheard(error) }
            case .prompt, .secretPrompt:
                let prompt = text(frame.payload.array)
                if let answer = console.ask(prompt, echo: frame.type == .prompt, always: false) {
                    try channel.send(.answer, answer.bytes)
                } else {
                    try channel.send(.noAnswer)
                }
            case .verdict:
                let status = frame.payload.bytes[0]
                guard status != FinalVerdict.otherVersion.rawValue else { throw FrameError.otherVersion }
                return .ended(status)
            case .hello, .info, .answer, .firstPass, .leave, .noAnswer, .command: throw FrameError.malformed
            }
        }
    } catch {
        return .failed(error)
    }
}

/// - Parameter payload: the output behind its first byte.
private func show(_ output: CommandOutput, _ payload: Span<UInt8>, _ console: any Console) throws(Failure) {
    let rest = SecretBytes(copying: payload.extracting(last: payload.count - 1))
    switch output {
    case .standard:
        do throws(SystemError) { try console.write(rest.array) } catch { throw Failure.unheard(error) }
    case .error: console.writeError(rest.array)
    case .halfBlocks: try console.draw(rest, .utf8)
    case .ascii: try console.draw(rest, .ascii)
    case .sheet: try console.keep(rest.array)
    }
}

extension Failure {
    fileprivate init(_ error: FrameError) {
        let name = text([UInt8](text: error.name))
        self =
            error == .otherVersion
            ? Failure(
                "the service is of another version", hint: "ask your administrator to start it anew", .unavailable)
            : Failure(
                "the service did not finish (\(name))", hint: "see what holds with: twostep status", .unavailable,
                leavesDoubt: true)
    }

    static func unheard(_ error: SystemError) -> Failure {
        Failure(
            "the output cannot be written (\(text(error.name)))", hint: "see what holds with: twostep status",
            .inputOutput, leavesDoubt: true)
    }

    /// While the service was at work.
    fileprivate static let interrupted = Failure(
        "interrupted", hint: "see what holds with: twostep status", .unavailable, leavesDoubt: true)
}
