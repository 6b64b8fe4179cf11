internal import Commands
internal import Crypto
internal import TwostepCore
internal import Vault

/// Shows a change, with what is to be known of it, and asks whether it shall be made.
func confirmChange(_ desk: Desk, _ diff: [String], remarks: [String] = [], yes: Bool, json: Bool) throws {
    if !json { for line in diff + remarks { try desk.say(line) } }
    guard !yes else { return }
    var isYes = false
    if let answer = desk.console.ask("Make this change? [y/N] ", echo: true, always: true) {
        let word = text(answer.array).lowercased()
        isYes = word == "y" || word == "yes"
    }
    guard isYes else { throw Failure("nothing was changed", hint: "answer y, or give --yes", .refused) }
}

extension Failure {
    static let noServiceFile = Failure("there is no such service file", hint: "look with: ls /etc/pam.d", .dataError)
}
