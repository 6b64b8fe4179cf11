internal import Linux
internal import TwostepCore
internal import Vault
internal import Wire

/// A login as the service judges it: what the hello asks, as far as its caller may ask it.
///
/// A caller whose effective uid is 0 may ask for anyone, and is believed about the real uid that started it: it could
/// read the records itself. Anybody else may be judged on their own record alone, under the service's own configuration,
/// and their uid is the one that the kernel says.
struct ServedLogin {
    let request: LoginRequest
    let origin: LoginOrigin
    let isAllowed: Bool
    private let service: [UInt8]

    /// - Returns: nil where the module's arguments are not understood.
    init?(_ hello: Hello, of caller: UInt32, configurationPath: [UInt8]) {
        let options: ModuleOptions
        do throws(ModuleOptions.Problem) { options = try ModuleOptions.parse(hello.arguments) } catch { return nil }
        let isRoot = caller == 0
        let path = isRoot && options.hasConfig ? options.config : configurationPath
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
        isAllowed = isRoot || account?.uid == caller
        service = hello.service
        origin = LoginOrigin(remoteHost: hello.remoteHost, terminal: hello.terminal)
        request = LoginRequest(
            subject: LoginSubject(account: account, name: hello.user), options: options, configuration: configuration,
            source: loginSource(
                uid: isRoot ? hello.realUID : caller, remoteHost: hello.remoteHost, terminal: hello.terminal),
            trouble: trouble, silent: hello.silent)
    }

    /// Writes one line as the module would, under the service's name.
    func log(_ line: EventLine) {
        let prefix = [UInt8](text: "pam_twostep(") + EventLine.escaped(service) + [UInt8](text: ":auth): ")
        systemLog(prefix + line.text, isError: line.severity == .error)
    }
}
