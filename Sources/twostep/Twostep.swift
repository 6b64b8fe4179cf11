internal import ArgumentParser
internal import Commands
internal import Linux
internal import TwostepCore

@main
struct Twostep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twostep",
        // One line with its example, so that all commands fit below it.
        abstract: "Set up and look after second steps. EXAMPLE: twostep enroll alice",
        version: "twostep \(TwostepCore.version)",
        subcommands: [
            InitCommand.self, EnrollCommand.self, InviteCommand.self, StatusCommand.self, ListCommand.self,
            VerifyCommand.self,
            UnlockCommand.self, RecoverCommand.self, BackupCodesCommand.self, TokenCommand.self, DisableCommand.self,
            ContactCommand.self, LogCommand.self, ProvisionCommand.self, ImportCommand.self, ExportCommand.self,
            KeyCommand.self, RestoreCommand.self,
            DoctorCommand.self, ExplainCommand.self, PAMCommand.self,
        ])

    static func main() {
        refuseCoreDumps()
        let console = StandardConsole()
        let status = run(at: console)
        if let interruption = console.interruption { console.end(by: interruption) }
        exit(withError: ExitCode(status))
    }

    /// Runs the command; every error of ours leaves here as lines on standard error and an exit status.
    private static func run(at console: StandardConsole) -> Int32 {
        do {
            var command = try parseAsRoot()
            guard let command = command as? any DeskCommand else {
                try command.run()
                return 0
            }
            let status = try carryOut(command, at: console)
            console.settle(status == 0 ? .done : status == ExitStatus.inputOutput.rawValue ? .inDoubt : .nothingChanged)
            return status
        } catch let failure as Failure {
            failure.tell(console)
            console.settle(failure.leavesDoubt || failure.status == .inputOutput ? .inDoubt : .nothingChanged)
            return failure.status.rawValue
        } catch {
            guard exitCode(for: error).isSuccess else {
                let words = Array(CommandLine.arguments.dropFirst())
                guard
                    let failure = MisplacedOption.failure(words, of: Twostep.self)
                        ?? NearbyCommand.failure(words, of: Twostep.self)
                else { exit(withError: error) }
                failure.tell(console)
                return failure.status.rawValue
            }
            do throws(SystemError) {
                try console.write(Array(shortened(fullMessage(for: error) + "\n").utf8))
                return 0
            } catch {
                return ExitStatus.inputOutput.rawValue
            }
        }
    }

    /// - Returns: the exit status, where a service gave it.
    private static func carryOut(_ command: any DeskCommand, at console: StandardConsole) throws -> Int32 {
        guard let command = command as? any OwnerCommand else {
            try command.run(command.desk(at: console))
            return 0
        }
        guard effectiveUserID() == 0 else {
            try console.makeFiles(command.wantedFiles)
            return Int32(try askService(for: command, at: console))
        }
        let desk = try command.desk(at: console)
        try console.makeFiles(command.wantedFiles)
        try command.run(desk)
        return 0
    }
}
