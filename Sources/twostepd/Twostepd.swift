internal import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Wire

@main
struct Twostepd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twostepd",
        abstract: "Judge the second step for callers that are not root, or that a user has started.",
        discussion: """
            Without --listen it serves the one connection on its standard input, as a service manager hands it over. The
            protocol is in docs/protocol.md.
            """,
        version: "twostepd \(TwostepCore.version)")

    @Option(help: ArgumentHelp("Configuration file (default: /etc/twostep/twostep.conf).", valueName: "path"))
    var config: String?

    @Flag(help: "Listen, and start a process for each connection: for systems without a service manager.")
    var listen = false

    @Option(help: ArgumentHelp("Where to listen (default: \(Channel.path)).", valueName: "path"))
    var socket: String?

    func run() throws {
        guard effectiveUserID() == 0 else {
            throw ValidationError("twostepd looks after root's records: start it as root")
        }
        let path = config.map { Array($0.utf8) } ?? [UInt8](text: Configuration.defaultPath)
        if listen {
            let place = socket.map { Array($0.utf8) } ?? [UInt8](text: Channel.path)
            guard Listener.run(at: place, configuration: path) else { throw ExitCode(71) }
        } else {
            Connection.serve(configurationPath: path)
        }
    }
}
