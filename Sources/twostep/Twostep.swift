internal import ArgumentParser
internal import Commands
internal import Linux
internal import TwostepCore

@main
struct Twostep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twostep",
        abstract: "Set up and look after the second step of logins.",
        discussion: """
            EXAMPLES
              twostep init                      once, after installing
              twostep enroll alice              with alice and her phone beside you
              twostep enroll alice --provision --json
                                                no questions, for automation
              twostep status alice
              twostep unlock alice
              twostep doctor                    what is wrong, and what cures it
              twostep enroll                    without root: for oneself

            More: man twostep, man pam_twostep
            """,
        version: "twostep \(TwostepCore.version)",
        subcommands: [
            InitCommand.self, EnrollCommand.self, InviteCommand.self, StatusCommand.self, ListCommand.self,
            VerifyCommand.self,
            UnlockCommand.self, BackupCodesCommand.self, TokenCommand.self, DisableCommand.self,
            LogCommand.self, ImportCommand.self, DoctorCommand.self,
        ])

    /// Runs the command; every error of ours leaves here as a line on standard error and an exit status.
    static func main() {
        let console = StandardConsole()
        do {
            var command = try parseAsRoot()
            guard let command = command as? any DeskCommand else { return try command.run() }
            if effectiveUserID() != 0, let command = command as? any OwnerCommand {
                exit(withError: ExitCode(Int32(try askService(for: command, at: console))))
            }
            try command.run(command.desk(at: console))
        } catch let failure as Failure {
            failure.tell(console)
            exit(withError: ExitCode(failure.status.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
