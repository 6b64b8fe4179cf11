internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// A name, and the account that it has.
struct ExplainedUser {
    let name: [UInt8]
    /// Nil where the name service knows no such user.
    let account: Account?

    init(_ name: String) throws(Failure) {
        self.name = Array(name.utf8)
        do throws(SystemError) {
            account = try PasswordEntry.named(self.name).map { Account(uid: $0.uid, name: $0.name) }
        } catch {
            throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
        }
    }
}

/// One line of the service's stack that asks for a code, with what it does.
struct ExplainedLine {
    let handler: PAMHandler
    let text: String
    let arguments: [String]
    /// The configuration that it was explained by, and the one that a login by this line reads.
    let configuration: String
    let ownConfiguration: String
    let explanation: Explanation
}

/// A login that is explained: who, where and from where. What a login gathers is gathered here alike (`makeRequest` in the
/// module), and judged by the same code.
struct ExplainedLogin {
    let user: ExplainedUser
    let service: String
    let remoteHost: [UInt8]
    /// The real uid of who has started the program.
    let caller: UInt32
    let now: Int64?
    /// Read in place of what the lines name; nil where nobody names one.
    let configurationPath: [UInt8]?

    func explain(_ handler: PAMHandler, in folder: PAMFolder) -> ExplainedLine {
        var arguments: [[UInt8]] = []
        if case .module(_, let given) = handler.action { arguments = given }
        let text = folder.text(at: handler.place)
        var options = ModuleOptions()
        var problem: ModuleOptions.Problem?
        do throws(ModuleOptions.Problem) { options = try ModuleOptions.parse(arguments) } catch { problem = error }
        let path = configurationPath ?? options.config
        let file = ReadConfiguration(path)
        let explainer = LineExplainer(handler.place, text, file.quoted)
        return ExplainedLine(
            handler: handler, text: text, arguments: arguments.map(printed), configuration: printed(path),
            ownConfiguration: printed(options.config),
            explanation: problem.map(explainer.explain) ?? explain(explainer, options, file))
    }

    private func explain(
        _ explainer: LineExplainer, _ options: ModuleOptions, _ file: ReadConfiguration
    ) -> Explanation {
        var store = Preview(file.configuration)
        let isFromRoot = caller == 0
        var keys: [SecurityKey] = []
        if isFromRoot, file.trouble == nil, let account = user.account { keys = store.securityKeys(of: account) }
        var recoveryUntil: Int64?
        if isFromRoot, file.trouble == nil, let account = user.account, let now {
            recoveryUntil = store.recoveryUntil(of: account, now: now)
        }
        return explainer.explain(keys: keys, recoveryUntil: recoveryUntil, store: &store, now: now) { key in
            let request = LoginRequest(
                subject: LoginSubject(account: user.account, name: user.name), service: Array(service.utf8),
                options: options, configuration: file.configuration,
                source: loginSource(uid: caller, remoteHost: remoteHost, terminal: []),
                address: remoteAddress(uid: caller, remoteHost),
                // Which session it will be nobody knows; that there is one is what counts.
                session: Array("explained".utf8), securityKey: key, trouble: file.trouble,
                membership: membership)
            request.offersEnrolment = isFromRoot
            request.serviceAnswers = isFromRoot ? .handedOver : .elsewhere
            return request
        }
    }
}

/// A configuration file as a login reads it, and its text.
private struct ReadConfiguration {
    private(set) var configuration = Configuration()
    private(set) var trouble: StoreError?
    private(set) var quoted: QuotedConfiguration

    init(_ path: [UInt8]) {
        let name = printed(path)
        quoted = QuotedConfiguration(path: name, text: [])
        do throws(StoreError) {
            let text = try readConfigurationText(at: path, isDefault: path.equals(Configuration.defaultPath))
            do throws(ConfigurationError) {
                quoted = QuotedConfiguration(path: name, text: text)
                configuration = try Configuration.parse(text, address: networkAddress)
            } catch {
                quoted = QuotedConfiguration(path: name, text: text, flaw: error)
                trouble = StoreError(.configInvalid, cause: describe(error, in: path))
            }
        } catch {
            trouble = error
        }
    }
}
