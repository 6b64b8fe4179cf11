internal import Commands
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// One connection: who is at the other end, what they ask, the login, the verdict.
struct Connection {
    /// The longest that a connection lives, in seconds, whatever its other end does.
    private static let lifetime: UInt32 = 900

    private let configurationPath: [UInt8]
    /// The effective uid of the other end, as the kernel says.
    private let peer: UInt32

    /// Serves the connection on standard input.
    ///
    /// - Throws: where it is no connection, or this process cannot give up what it must not have.
    static func serve(configurationPath: [UInt8]) throws(SystemError) {
        let socket = Descriptor.standardInput()
        let connection = Connection(configurationPath: configurationPath, peer: try socket.peerUserID())
        endAfter(seconds: lifetime)
        try Confinement.dropPrivileges()
        try Confinement.filterSystemCalls()
        try connection.serve(Channel(socket))
    }

    private func serve(_ channel: consuming Channel) throws(SystemError) {
        // Who an ordinary caller is, the kernel says; who started a program of root's, that program.
        guard hasPlace(peer), let opening = receiveOpening(&channel) else { return }
        let hello: Hello
        switch opening {
        case .command(let request):
            return ServedCommand(request, of: peer, configurationPath: configurationPath).serve(channel)
        case .login(let first): hello = first
        }
        guard peer != 0 || hasPlace(hello.realUID) else { return }
        let console = LoginConsole(RemoteConversation(channel), picture: linesOfQRCode)
        let login: ServedLogin
        do throws(ModuleOptions.Problem) {
            login = try ServedLogin(hello, of: peer, configurationPath: configurationPath)
        } catch {
            ServiceLog(hello, of: peer).badArguments(error)
            return console.person.end(.badArguments)
        }
        // Before this process gives up what that takes.
        guard login.isConfirmed(at: console) else { return console.person.end(.refused) }
        try Confinement.filterFileChanges(makingFiles: login.makesFiles)
        try Confinement.restrictWriting(to: login.store, makingFiles: login.makesFiles)
        let verdict = login.judge(console)
        console.person.end(verdict)
        if console.person.failure == .malformed { complain(.malformed) }
    }

    /// The first frame; nil where it is no opening, or none comes.
    private func receiveOpening(_ channel: inout Channel) -> Opening? {
        do throws(FrameError) {
            return try Opening.receive(from: &channel, of: peer)
        } catch {
            if error == .otherVersion {
                do throws(FrameError) { try channel.send(.verdict, [FinalVerdict.otherVersion.rawValue]) } catch {}
            }
            // Whoever comes and goes has done no harm.
            if error != .ended { complain(error) }
            return nil
        }
    }

    /// Whether the user had a place left; who has none is closed without a word, and may come again.
    private func hasPlace(_ uid: UInt32) -> Bool {
        do throws(PathProblem) {
            if try Places.take(for: uid) { return true }
            ServiceLog.complain(.tooManyConnections, of: uid)
        } catch {
            ServiceLog.complain(.cannotStart, cause: error.cause, of: uid)
        }
        return false
    }

    private func complain(_ error: FrameError) {
        ServiceLog.complain(.protocolBroken, cause: [UInt8](text: error.name), of: peer)
    }
}
