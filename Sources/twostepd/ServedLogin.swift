internal import Commands
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// A login as the service judges it: what the hello asks, as far as its caller may ask it.
///
/// A caller whose effective uid is 0 may ask for anyone, and is believed about who started it: it could read the records
/// itself. Anybody else may be judged on their own record alone, under the service's own configuration, and who they are
/// the kernel says.
struct ServedLogin {
    private let request: LoginRequest
    private let isAllowed: Bool
    /// Whether the person has answered the module already.
    private let isAnswered: Bool
    private let log: ServiceLog
    private let configurationPath: [UInt8]

    /// - Throws: what is wrong with the module's arguments.
    init(_ hello: Hello, of peer: UInt32, configurationPath: [UInt8]) throws(ModuleOptions.Problem) {
        let options = try ModuleOptions.parse(hello.arguments)
        let isRoot = peer == 0
        let namesAnother = options.hasConfig && options.config != configurationPath
        let path = isRoot && namesAnother ? options.config : configurationPath
        var trouble: StoreError?
        var configuration = Configuration()
        do throws(StoreError) {
            configuration = try readConfiguration(at: path, isDefault: path.equals(Configuration.defaultPath))
        } catch {
            trouble = error
        }
        var account: Account?
        do throws(SystemError) {
            if let entry = try PasswordEntry.named(hello.user) { account = Account(uid: entry.uid, name: entry.name) }
        } catch {
            trouble = trouble ?? StoreError(.accountsUnavailable, cause: error.name)
        }
        isAllowed = isRoot || account?.uid == peer && !namesAnother
        log = ServiceLog(hello, of: peer)
        self.configurationPath = path
        request = LoginRequest(
            subject: LoginSubject(account: account, name: hello.user), service: hello.service, options: options,
            configuration: configuration,
            source: loginSource(uid: log.caller, remoteHost: hello.remoteHost, terminal: hello.terminal),
            address: remoteAddress(uid: log.caller, hello.remoteHost), session: isRoot ? hello.session : [],
            trouble: trouble, silent: hello.silent,
            membership: membership)
        // Not those that a user has started, who could take a password for somebody else's, nor of root's with another
        // service's word.
        let isRootsLogin = isRoot && hello.realUID == 0
        isAnswered = isRootsLogin && hello.isAnswered
        request.offersEnrolment = isRootsLogin && !isAnswered
        request.serviceAnswers = isRootsLogin ? .handedOver : .elsewhere
    }

    /// Whether files may have to be made: the record of somebody who enrols on trust.
    var makesFiles: Bool { request.mayEnrol && request.configuration.enrollAtLogin == .yes }

    /// Has PAM confirm the password where somebody may enrol by it alone: that the stack has come to our line does not say
    /// that it was right, since `substack` and `required` go on after a wrong one.
    func isConfirmed(at console: LoginConsole<RemoteConversation>) -> Bool {
        guard isAllowed, makesFiles, request.exemption == nil, let account = request.account else { return true }
        console.person.tell(
            Array("twostep: you must set up a second step; type your password once more".utf8), isError: false)
        do throws(Failure) {
            try confirmPassword(of: account.uid, at: console)
            return true
        } catch {
            error.tell(console)
            let refusal = EnrolmentEnd.refused(.passwordNotConfirmed)
            LoginEnrolment(inHand(console), of: account).log(refusal)
            return false
        }
    }

    /// The folder that is written in.
    var store: [UInt8] { request.configuration.store }

    /// Judges; the person is at the other end of the console.
    func judge(_ console: LoginConsole<RemoteConversation>) -> FinalVerdict {
        guard isAllowed else {
            log.notPermitted(request.account)
            return .refused
        }
        if let report = request.exemption {
            write(report)
            return .passed
        }
        if isAnswered, let answer = console.person.firstPass() {
            console.person.hold(answer)
            request.passOverFirstPass()
        }
        return loggingIn(console)
    }

    private func loggingIn(_ console: LoginConsole<RemoteConversation>) -> FinalVerdict {
        var store = Store(request.configuration)
        let outcome = login(
            request, conversation: &console.person, store: &store, now: wallClock, uptime: secondsSinceBoot
        ) { write($0) }
        switch outcome {
        case .handedOver: return serve(console)
        case .mayEnrol:
            guard let account = request.account else { break }
            let end = LoginEnrolment(inHand(console), of: account).run()
            return end == .handedOver ? serve(console) : end.verdict(explained: request.configuration.explain)
        default: break
        }
        return FinalVerdict(outcome, explained: request.configuration.explain)
    }

    /// What the conversation holds asks for something, or is a token; where this site does nothing with it, it is judged as a
    /// code.
    private func serve(_ console: LoginConsole<RemoteConversation>) -> FinalVerdict {
        guard let answer = console.person.takeHeld() else { return .noAnswer }
        let sent = SentCodeLogin(inHand(console))
        if sent.serves(answer) { return sent.run() }
        let recovery = LoginRecovery(inHand(console))
        guard !recovery.serves(answer) else {
            return recovery.run(answer).verdict(explained: request.configuration.explain)
        }
        request.serviceAnswers = .judged
        request.offersEnrolment = false
        request.passOverFirstPass()
        console.person.hold(answer)
        return loggingIn(console)
    }

    private func inHand(_ console: LoginConsole<RemoteConversation>) -> LoginInHand<RemoteConversation> {
        LoginInHand(
            request, from: log.origin, at: console, configurationPath: configurationPath, log: log.write)
    }

    private func write(_ report: LoginReport) {
        for line in report.eventLines(request, from: log.origin) { log.write(line) }
        if request.options.debug { log.write(debugLine(request)) }
    }
}
