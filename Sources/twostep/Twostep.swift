internal import ArgumentParser
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

            More: man twostep, man pam_twostep
            """,
        version: "twostep \(TwostepCore.version)",
        subcommands: [
            InitCommand.self, EnrollCommand.self, StatusCommand.self, ListCommand.self, VerifyCommand.self,
            UnlockCommand.self, BackupCodesCommand.self, TokenCommand.self, ImportCommand.self,
        ])

    /// Runs the command; every error of ours leaves here as a line on standard error and an exit status.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            failure.tell()
            exit(withError: ExitCode(failure.status.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
