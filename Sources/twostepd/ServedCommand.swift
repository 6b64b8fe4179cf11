internal import ArgumentParser
internal import Commands
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// A command that the service carries out for its owner: who that is the kernel says, and that it is they who type, PAM.
struct ServedCommand {
    private let request: CommandRequest
    private let peer: UInt32
    private let configurationPath: [UInt8]

    init(_ request: CommandRequest, of peer: UInt32, configurationPath: [UInt8]) {
        self.request = request
        self.peer = peer
        self.configurationPath = configurationPath
    }

    /// Runs the command; its last word is the exit status.
    func serve(_ channel: consuming Channel) {
        let console = RemoteConsole(channel)
        let status = run(at: console)
        console.end(status)
        if console.wasMalformed {
            ServiceLog.complain(.protocolBroken, cause: [UInt8](text: FrameError.malformed.name), of: peer)
        }
    }

    /// - Returns: nil where it is done.
    private func run(at console: RemoteConsole) -> ExitStatus? {
        do {
            let command = try OwnerCommands.parse(request: request.words)
            let configuration = try readSite(at: configurationPath)
            let owner = Owner(try findOwner()) { [peer] console in
                try confirmPassword(of: peer, at: console)
                try confine(writing: configuration.store, makingFiles: command.makesFiles)
            }
            if !command.needsPassword { try confine(writing: [], makingFiles: false) }
            try command.run(Desk(console, configuration, from: configurationPath, owner: owner))
            return nil
        } catch let failure as Failure {
            failure.tell(console)
            // Whoever hangs up has done no harm.
            if failure.isOurs, !console.hasFailed {
                ServiceLog.complain(.commandFailed, cause: Array(failure.message.utf8), of: peer)
            }
            return failure.status
        } catch {
            console.writeError(Array((OwnerCommands.message(for: error) + "\n").utf8))
            return .usage
        }
    }

    private func findOwner() throws(Failure) -> Account {
        let found: PasswordEntry?
        do throws(SystemError) { found = try PasswordEntry.withUID(peer) } catch {
            throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
        }
        guard let found else {
            throw Failure("no account has your uid", hint: "ask your administrator", .noSuchUser)
        }
        return Account(uid: found.uid, name: found.name)
    }
}

/// Takes from this process what confirming a password needed, and the command does not.
private func confine(writing store: [UInt8], makingFiles: Bool) throws(Failure) {
    do throws(SystemError) {
        try Confinement.filterFileChanges(makingFiles: makingFiles)
        try Confinement.restrictWriting(to: store, makingFiles: makingFiles)
    } catch {
        throw Failure(
            "the service cannot confine itself (\(text(error.name)))", hint: "ask your administrator", .software)
    }
}
