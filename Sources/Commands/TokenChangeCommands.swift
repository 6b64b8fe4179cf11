package import ArgumentParser
internal import TwostepCore

package struct TokenRemoveCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a token or security key away from a user.",
        discussion: "EXAMPLE\n  twostep token remove alice tablet")

    @Argument(help: "The user; without root, oneself, who may be left out.", completion: .user) var user: String
    @Argument(
        help: ArgumentHelp("The token's label or id; a security key's label or text.", valueName: "token"))
    var named: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    private var token: String { named ?? "" }

    package func request() -> [String] {
        ["token", "remove"] + (json ? ["--json"] : []) + ["--", user] + [named].compactMap(\.self)
    }

    package func run(_ desk: Desk) throws {
        guard named != nil else {
            var whole = self
            (whole.user, whole.named) = (try desk.ownName(), user)
            return try whole.run(desk)
        }
        let account = try desk.account(of: user)
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in
            let device = try record.device(token, of: user)
            let status = record.status(of: device, user)
            if case .token = device, record.tokens.count < 2 { throw lastToken(status) }
            return (RecordStamp(record), status)
        }
        try desk.confirmOwner(account, json: json)
        let (removed, left) = try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            // What an owner typed password and code for, and nothing that has this name since.
            do throws(Failure) { try before.0.check(record, of: account) } catch {
                guard (try? record.device(token, of: user)) == nil else { throw error }
                throw takenAway(before.1)
            }
            let device = try record.device(token, of: user)
            let removed = record.status(of: device, user)
            guard removed == before.1 else { throw Failure.changedMeanwhile(account) }
            switch device {
            case .securityKey(let index): _ = record.removeSecurityKey(record.securityKeys[index].publicKey)
            case .token(let index):
                guard record.tokens.count > 1 else { throw lastToken(removed) }
                _ = record.removeToken(id: record.tokens[index].id)
            }
            return (removed, record.tokens.map { quoted(text($0.label)) })
        }
        var event = ToolEvent(.tokenRemoved, account, desk)
        removed.tell(&event)
        event.log()
        if json { return try desk.sayJSON(removed, isDone: true) }
        try desk.say(
            "\(printable(user))'s \(removed.words) no longer counts. Left: \(left.joined(separator: ", ")).",
            isDone: true)
    }

    /// Somebody was faster, and what was asked for is so.
    private func takenAway(_ device: DeviceStatus) -> Failure {
        Failure(
            "\(printable(user)) has no \(device.words) any more: somebody else took it away meanwhile",
            hint: "see them with: twostep status \(printable(user))", .dataError)
    }

    private func lastToken(_ last: DeviceStatus) -> Failure {
        Failure(
            "\(printable(user)) would have no token left without \(quoted(last.label)); nothing was changed",
            hint: "give another one first: twostep token add \(printable(user))", .dataError)
    }
}

package struct TokenRenameCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Call a token or security key something else.",
        discussion: "EXAMPLE\n  twostep token rename alice app phone")

    @Argument(help: "The user; without root, oneself, who may be left out.", completion: .user) var user: String
    @Argument(help: "The token's label or id; a security key's label or text.") var token: String
    @Argument(help: ArgumentHelp("What it is to be called.", valueName: "label")) var named: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    private var label: String { named ?? token }

    package func request() -> [String] {
        ["token", "rename"] + (json ? ["--json"] : []) + ["--", user, token] + [named].compactMap(\.self)
    }

    package func validate() throws { try Label.check(label, "LABEL") }

    package func run(_ desk: Desk) throws {
        guard named != nil else {
            var whole = self
            (whole.user, whole.token, whole.named) = (try desk.ownName(), user, token)
            return try whole.run(desk)
        }
        let account = try desk.account(of: user)
        let new = Array(label.utf8)
        let stamp = try lookAtRecord(account, desk) { (record) throws(Failure) in RecordStamp(record) }
        try desk.confirmPassword()
        let (was, now) = try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            // Of root's, several may come at once.
            if desk.owner != nil { try stamp.check(record, of: account) }
            let device = try record.device(token, of: user)
            let was = record.status(of: device, user)
            // To the name it has: nothing to do, and no error.
            if Array(was.label.utf8) != new { try record.checkIsFree(new, of: user) }
            guard record.rename(device, to: new) else {
                throw Failure(
                    "a security key's label has at most \(SecurityKey.labelLimit) bytes; nothing was changed",
                    hint: "choose a shorter one", .dataError)
            }
            return (was, try record.status(of: record.device(label, of: user), user))
        }
        var event = ToolEvent(.tokenRenamed, account, desk)
        now.tell(&event)
        event.add("was", Array(was.label.utf8))
        event.log()
        if json { return try desk.sayJSON(now, isDone: true) }
        try desk.say("\(printable(user))'s \(was.words) is now called \(quoted(now.label)).", isDone: true)
    }
}

extension Record {
    fileprivate mutating func rename(_ device: Device, to label: [UInt8]) -> Bool {
        switch device {
        case .token(let index): return renameToken(id: tokens[index].id, to: label)
        case .securityKey(let index):
            let key = securityKeys[index]
            guard label.count <= SecurityKey.labelLimit, removeSecurityKey(key.publicKey) else { return false }
            return add(
                SecurityKey(label: label, publicKey: key.publicKey, created: key.created, lastUsed: key.lastUsed))
        }
    }
}
