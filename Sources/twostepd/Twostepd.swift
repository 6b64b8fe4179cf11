internal import ArgumentParser
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault
internal import Wire

@main
struct Twostepd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twostepd",
        abstract: "Judge the second step for callers that are not root, or that a user has started.",
        discussion: """
            Without --listen it serves the one connection on its standard input, as a service manager hands it over. The
            protocol is in docs/protocol.md. With --notify it judges nobody, and delivers events.
            """,
        version: "twostepd \(TwostepCore.version)")

    @Option(help: ArgumentHelp("Configuration file (default: \(Configuration.defaultPath)).", valueName: "path"))
    var config: String?

    @Flag(help: "Listen, and start a process for each connection: for systems without a service manager.")
    var listen = false

    @Flag(help: "Tell people and programs of events: by mail, and through hooks.")
    var notify = false

    @Option(help: ArgumentHelp("With --listen: where (default: \(Channel.path)).", valueName: "path"))
    var socket: String?

    func validate() throws {
        guard !listen || !notify else { throw ValidationError("--listen and --notify are two processes") }
        guard listen || socket == nil else { throw ValidationError("--socket goes with --listen") }
        for path in [config, socket] {
            if let path, !isPlainPath(Array(path.utf8)) { throw ValidationError("not an absolute path: \(path)") }
        }
    }

    func run() throws {
        guard effectiveUserID() == 0 else {
            throw Ending("only root can do this", hint: "the service looks after root's records", status: 77)
        }
        openSystemLog(as: "twostepd")
        let configuration = config.map { Array($0.utf8) } ?? [UInt8](text: Configuration.defaultPath)
        if notify { return try deliver(configuration) }
        if listen { try listen(configuration) } else { try serve(configuration) }
    }

    private func deliver(_ configuration: [UInt8]) throws {
        do throws(PathProblem) { try Delivery.run(configurationPath: configuration) } catch {
            Delivery.complain(.start, cause: error.cause)
            throw Ending("events cannot be delivered", cause: error.cause, hint: "is it running already?")
        }
    }

    private func listen(_ configuration: [UInt8]) throws {
        let place = socket.map { Array($0.utf8) } ?? [UInt8](text: Channel.path)
        do throws(PathProblem) { try Listener.listen(at: place, configurationPath: configuration) } catch {
            ServiceLog.complain(.cannotListen, cause: error.cause)
            throw Ending("cannot listen at \(text(place))", cause: error.cause, hint: "is it running already?")
        }
    }

    private func serve(_ configuration: [UInt8]) throws {
        do throws(SystemError) { try Connection.serve(configurationPath: configuration) } catch {
            ServiceLog.complain(.cannotStart, cause: error.name)
            throw Ending(
                "the connection cannot be served", cause: error.name,
                hint: "standard input must be a socket: start it by twostepd.socket, or with --listen")
        }
    }

    /// Runs the command; every error of ours leaves here as lines on standard error and an exit status.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let ending as Ending {
            for line in ending.lines {
                do throws(SystemError) { try StandardStream.error.write(Array("twostepd: \(line)\n".utf8).span) } catch
                {}
            }
            exit(withError: ExitCode(ending.status))
        } catch {
            exit(withError: error)
        }
    }
}

/// Why the service does not go on, as an administrator reads it.
private struct Ending: Error {
    let lines: [String]
    /// From sysexits.h.
    let status: Int32

    init(_ message: String, cause: [UInt8] = [], hint: String, status: Int32 = 71) {
        lines = [cause.isEmpty ? message : "\(message) (\(text(cause)))", hint]
        self.status = status
    }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
