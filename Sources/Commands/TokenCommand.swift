package import ArgumentParser
internal import TwostepCore

package struct TokenCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Add, remove, rename or resynchronise a user's tokens.",
        discussion: """
            A token is named by its label or its id, a security key by its label or its text: see twostep status.

            EXAMPLES
              twostep token add alice --label tablet
              twostep token add alice --ssh-key-file alice.pub
              twostep token rename alice app phone
              twostep token resync alice phone
              twostep token remove alice phone
            """,
        subcommands: [TokenAddCommand.self, TokenRemoveCommand.self, TokenRenameCommand.self, TokenResyncCommand.self])

    package init() {}
}

extension Desk {
    /// The name of an owner who has left it out.
    func ownName() throws(Failure) -> String {
        guard let owner else {
            throw Failure("no user is named", hint: "name the user first, then the token", .usage)
        }
        return text(owner.account.name)
    }
}

/// A token or security key as the output of these commands has it.
struct DeviceStatus: Encodable, Equatable {
    let user: String
    /// Nil for a security key.
    var id: UInt32?
    let label: String
    let kind: String

    init(_ user: String, _ token: Token) {
        self.user = user
        id = token.id
        label = text(token.label)
        kind = token.kind.name
    }

    init(_ user: String, _ key: SecurityKey) {
        self.user = user
        label = text(key.label)
        kind = "security-key"
    }

    /// In words: `token "app"`.
    var words: String { "\(id == nil ? "security key" : "token") \(quoted(label))" }

    /// Adds to a line of the log which it is.
    func tell(_ event: inout ToolEvent) {
        event.add("token", Array(label.utf8))
        event.add("kind", Array(kind.utf8))
    }
}

extension Token.Kind {
    /// The kind's name in JSON and on the screen.
    var name: String { self == .totp ? "totp" : "hotp" }
}

/// A label as it is shown in a sentence.
func quoted(_ label: String) -> String { "\"\(printable(label))\"" }

extension Record {
    /// The token or security key that somebody named on the command line.
    func device(_ name: String, of user: String) throws(Failure) -> Device {
        // A security key's text may have its comment behind it.
        let words = Array(name.utf8).parts(separatedBy: 0x20)
        if let found = find(Array(name.utf8)) ?? (words.count > 2 ? find(words[0] + [0x20] + words[1]) : nil) {
            return found
        }
        throw Failure(
            "\(printable(user)) has no token \(quoted(name))", hint: "see them with: twostep status \(printable(user))",
            .dataError)
    }

    func status(of device: Device, _ user: String) -> DeviceStatus {
        switch device {
        case .token(let index): DeviceStatus(user, tokens[index])
        case .securityKey(let index): DeviceStatus(user, securityKeys[index])
        }
    }

    /// Turns away a label that is in use.
    func checkIsFree(_ label: [UInt8], of user: String) throws(Failure) {
        guard hasLabel(label) else { return }
        throw Failure(
            "\(printable(user)) has a token \(quoted(text(label))) already",
            hint: "choose another label, or see them with: twostep status \(printable(user))", .cannotCreate)
    }
}
