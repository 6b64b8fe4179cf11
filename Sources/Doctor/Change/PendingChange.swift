internal import TwostepCore

/// A change that waits for its confirmation: what is needed to take it back, also after a reboot.
package struct PendingChange: Equatable, Sendable {
    package let service: String
    /// The boot in which it was made.
    package let boot: String
    /// Until when it waits, in seconds since that boot.
    package let deadline: Int64
    /// When it was made, in seconds since the epoch.
    package let made: Int64
    /// Whether there was a file before.
    package let hadFile: Bool
    /// The configuration that the line follows.
    package let configuration: String
    /// Whether somebody had edited the file when it was to be taken back.
    package var isEdited = false

    package init(
        service: String, boot: String, deadline: Int64, made: Int64, hadFile: Bool, configuration: String
    ) {
        self.service = service
        self.boot = boot
        self.deadline = deadline
        self.made = made
        self.hadFile = hadFile
        self.configuration = configuration
    }

    /// `name=value` lines.
    package var text: String {
        """
        service=\(service)
        boot=\(boot)
        deadline=\(deadline)
        made=\(made)
        file=\(hadFile ? "yes" : "no")
        configuration=\(configuration)
        edited=\(isEdited ? "yes" : "no")

        """
    }

    /// - Returns: nil for anything that `text` does not write.
    package init?(text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        guard
            lines.map({ $0.first ?? "" }) == [
                "service", "boot", "deadline", "made", "file", "configuration", "edited",
            ],
            lines.allSatisfy({ $0.count == 2 }), let deadline = Int64(lines[2][1]), let made = Int64(lines[3][1])
        else { return nil }
        self.init(
            service: lines[0][1], boot: lines[1][1], deadline: deadline, made: made, hadFile: lines[4][1] == "yes",
            configuration: lines[5][1])
        isEdited = lines[6][1] == "yes"
    }

    /// A change whose note says nothing any more: its time is up.
    package static func unreadable(_ service: String) -> PendingChange {
        PendingChange(service: service, boot: "", deadline: 0, made: .max, hadFile: true, configuration: "")
    }

    /// How many seconds it still waits; 0 where its time is up, or the machine has been booted since.
    package func secondsLeft(boot now: String, sinceBoot: Int64) -> Int64 {
        boot == now ? max(deadline - sinceBoot, 0) : 0
    }

    /// What a login by a service leaves in a record: from where somebody came.
    package static func isEvidence(_ kind: EvidenceKind, for service: String) -> Bool {
        switch service {
        case "sshd": kind == .network
        case "sudo", "sudo-i", "su", "su-l": kind == .user
        case "login": kind == .console
        default: true
        }
    }

    package enum EvidenceKind: Sendable { case network, user, console }
}
