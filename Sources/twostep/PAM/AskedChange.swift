internal import Commands

/// Shows a change, with what is to be known of it, and asks whether it shall be made.
func confirmChange(_ desk: Desk, _ diff: [String], remarks: [String] = [], yes: Bool, json: Bool) throws {
    if !json { for line in diff + remarks { try desk.say(line) } }
    guard !yes else { return }
    try desk.confirm("Make this change?")
}

extension Failure {
    static let noServiceFile = Failure("there is no such service file", hint: "look with: ls /etc/pam.d", .dataError)
}
