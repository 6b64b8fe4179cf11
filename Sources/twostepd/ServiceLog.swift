internal import Commands
internal import Notices
internal import TwostepCore

/// The log of one connection: the module's lines, as the module would write them, with who asked at their end.
struct ServiceLog {
    /// The uid of who asks: the user at the other end, or the one who started a program of root's there.
    let caller: UInt32
    /// Where they come from. What an ordinary caller says of hosts and terminals does not reach the log, where it would
    /// be taken for root's word.
    let origin: LoginOrigin
    private let service: [UInt8]

    init(_ hello: Hello, of peer: UInt32) {
        caller = peer == 0 ? hello.realUID : peer
        origin =
            peer == 0
            ? LoginOrigin(remoteHost: hello.remoteHost, terminal: hello.terminal)
            : LoginOrigin(remoteHost: [], terminal: [])
        service = hello.service
    }

    func write(_ line: EventLine) { ServiceLog.write(line, of: caller, asModuleOf: service) }

    /// Somebody asked for a record that is not theirs, or named a configuration that is not the service's.
    func notPermitted(_ account: Account?) {
        var line = EventLine(.refused, severity: .notice)
        line.add("reason", ServiceReason.notPermitted.name)
        line.add("user", account?.name ?? [UInt8](text: "?"))
        write(line)
    }

    /// The service does not know the module's arguments.
    func badArguments(_ problem: ModuleOptions.Problem) { write(problem.eventLine) }

    /// What is wrong with the service itself, or with a connection before anything was asked.
    static func complain(_ reason: ServiceReason, cause: [UInt8] = [], of caller: UInt32? = nil) {
        var line = EventLine(.error, severity: .error)
        line.add("reason", reason.name)
        line.add("cause", cause)
        write(line, of: caller)
    }

    /// Who has somebody's second step anew: that the owner hears of it is worth a wait, and whoever waits has shown enough.
    private static let waitedFor: [EventKind] = [.recovered, .enrolledAtLogin]

    private static func write(_ line: EventLine, of caller: UInt32?, asModuleOf service: [UInt8] = []) {
        let isWaitedFor = waitedFor.contains { line.isOf($0) }
        var line = line
        if let caller { line.add("caller", [UInt8](decimal: Int64(caller))) }
        line.log(asModuleOf: service, within: isWaitedFor ? HandingOver.patience : 0)
    }
}
