internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// One connection: who is at the other end, what they ask, the login, the verdict.
enum Connection {
    /// The longest that a connection lives, in seconds, whatever its other end does.
    private static let lifetime: UInt32 = 900

    /// Serves the connection on standard input.
    static func serve(configurationPath: [UInt8]) {
        endAfter(seconds: lifetime)
        let socket = Descriptor.standardInput()
        let caller: UInt32
        do throws(SystemError) { caller = try socket.peerUserID() } catch {
            return complain("no-peer", cause: error.name)
        }
        let channel = Channel(socket)
        do throws(FrameError) {
            let frame = try channel.receive(within: FrameLimits.hello)
            guard frame.type == .hello else { throw .malformed }
            let hello = try Hello.decode(frame.payload.bytes)
            var conversation = RemoteConversation(channel)
            let verdict = Connection.judge(hello, of: caller, &conversation, configurationPath: configurationPath)
            try conversation.channel.send(.verdict, [verdict.rawValue])
        } catch {
            complain("protocol", cause: [UInt8](text: error.name))
        }
    }

    private static func judge(
        _ hello: Hello, of caller: UInt32, _ conversation: inout RemoteConversation, configurationPath: [UInt8]
    ) -> FinalVerdict {
        guard let login = ServedLogin(hello, of: caller, configurationPath: configurationPath) else {
            return .badArguments
        }
        guard login.isAllowed else {
            login.log(Connection.notPermitted(login, caller))
            return .refused
        }
        var store = Store(login.request.configuration)
        let outcome = TwostepCore.login(
            login.request, conversation: &conversation, store: &store, now: wallClock
        ) { report in
            for line in report.eventLines(login.request, from: login.origin) { login.log(line) }
        }
        return FinalVerdict(outcome, explained: login.request.configuration.explain)
    }

    private static func notPermitted(_ login: ServedLogin, _ caller: UInt32) -> EventLine {
        var line = EventLine("refused", severity: .notice)
        line.add("reason", "not-permitted")
        line.add("user", login.request.account?.name ?? [UInt8](text: "?"))
        line.add("caller", [UInt8](decimal: Int64(caller)))
        return line
    }

    private static func complain(_ reason: StaticString, cause: [UInt8]) {
        var line = EventLine("error", severity: .error)
        line.add("reason", reason)
        line.add("cause", cause)
        systemLog(line.text, isError: true)
    }
}
