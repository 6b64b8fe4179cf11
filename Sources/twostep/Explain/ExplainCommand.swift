internal import ArgumentParser
internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what a login would come to, and which line decides it.",
        discussion: """
            Nothing is asked, written or counted. With --config, as if the service read that file.

            EXAMPLE
              twostep explain alice --service sshd --rhost 192.0.2.7
            """)

    @Argument(help: "The user.", completion: .user) var user: String
    @Option(help: "The service: a file of /etc/pam.d.") var service: String
    @Option(help: ArgumentHelp("The remote host, as sshd tells it: an address.", valueName: "host")) var rhost = ""
    @Option(
        help: ArgumentHelp("Who has started the program, as with sudo: root unless named.", valueName: "user"),
        completion: .user)
    var caller: String?
    @Option(help: ArgumentHelp("The day: YYYY-MM-DD, at noon by UTC.", valueName: "date")) var at: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard at.map({ Day(Array($0.utf8)) != nil }) ?? true else {
            throw ValidationError("--at takes a day: YYYY-MM-DD")
        }
    }

    func run() throws {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        let files = ServiceFiles.read()
        // libpam looks for a service by its name in lower case.
        let name = service.lowercased()
        guard !name.isEmpty, !name.contains("/"), let stacks = PAMService.load(name, from: files.folder) else {
            throw Failure(
                "no such service: \(printable(service))", hint: "look with: ls /etc/pam.d; twostep pam status",
                .dataError)
        }
        let login = ExplainedLogin(
            user: try ExplainedUser(user), service: name, remoteHost: Array(rhost.utf8), caller: try callerUID(),
            now: moment, configurationPath: site.named)
        let lines = stacks.lines.map { login.explain($0, in: files.folder) }
        let desk = Desk(StandardConsole(), Configuration(), from: [UInt8](text: Configuration.defaultPath))
        if json { return try desk.sayJSON(ExplanationReport(login, stacks, lines)) }
        try ExplanationScreen(desk: desk, login: login, rhost: rhost, folder: files.folder).show(stacks, lines)
    }

    /// Nil where the clock cannot be read.
    private var moment: Int64? {
        guard let at, let day = Day(Array(at.utf8)) else { return wallClock() }
        return day.end - 43_200
    }

    private func callerUID() throws -> UInt32 {
        guard let caller else { return 0 }
        guard let account = try ExplainedUser(caller).account else { throw Failure.noSuchUser(caller) }
        return account.uid
    }
}
