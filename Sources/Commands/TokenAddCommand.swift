package import ArgumentParser
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

package struct TokenAddCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Give a user one more token, or register a security key.",
        discussion: """
            EXAMPLES
              twostep token add alice --label tablet
              twostep token add alice --ssh-key-file alice.pub
            """)

    @Argument(help: ArgumentHelp("The user; without root, oneself.", valueName: "user"), completion: .user) var named:
        String?
    @Flag(help: "Ask nothing and print what the user needs; usable at once.") var provision = false
    @Option(help: ArgumentHelp("Register this security key (FIDO2) for SSH.", valueName: "key")) var sshKey: String?
    @Option(
        help: ArgumentHelp("Register the security key in this file.", valueName: "file"),
        completion: .file(extensions: ["pub"]))
    var sshKeyFile: String?
    @Flag(help: "Print JSON (with --provision or a security key).") var json = false
    @OptionGroup var wanted: TokenOptions
    @OptionGroup var picture: PictureOption
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var wantedFiles: WantedFiles { WantedFiles(picture: picture.qrFile) }

    package var namesFile: Bool { sshKeyFile != nil }

    package func request() throws -> [String] {
        if provision { throw Failure("only root can use --provision", hint: "leave it away", .noPermission) }
        // The file is the owner's to read, not the service's.
        let key = try securityKey().map { "--ssh-key=\(text($0.line))" }
        return ["token", "add"] + [key].compactMap(\.self) + (try wanted.request()) + (json ? ["--json"] : []) + ["--"]
            + [named].compactMap(\.self)
    }

    private func securityKey() throws(Failure) -> SecurityKeyText? {
        if let sshKey { return try SecurityKeyText(Array(sshKey.utf8)) }
        if let sshKeyFile { return try SecurityKeyText.read(sshKeyFile) }
        return nil
    }

    package func validate() throws {
        if sshKey != nil, sshKeyFile != nil {
            throw ValidationError("--ssh-key and --ssh-key-file are two ways of one")
        }
        let isSecurityKey = sshKey != nil || sshKeyFile != nil
        if isSecurityKey, provision || wanted.describesCodes || picture.qrFile != nil {
            throw ValidationError("with a security key goes --label alone")
        }
        if isSecurityKey, let label = wanted.label {
            try Label.check(label, "--label of a security key", limit: SecurityKey.labelLimit)
        }
        if json, !provision, !isSecurityKey { throw ValidationError("--json goes with --provision or a security key") }
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: named)
        let user = named ?? text(account.name)
        let configuration = desk.configuration
        if let key = try securityKey() { return try register(key, account, user, desk) }
        let secret = try wanted.makeSecret(configuration)
        // Before anybody scans anything.
        let (label, id, stamp) = try lookAtRecord(account, desk) { (record) throws(Failure) in
            let label = wanted.label.map { Array($0.utf8) } ?? record.freeLabel(TokenOptions.usualLabel)
            try check(record, account, user, label, secret)
            return (label, record.nextTokenID, RecordStamp(record))
        }
        try desk.confirmOwner(account, json: json)
        let wish = wanted.wish(desk, label: label)
        let token = NewToken(account: account, wish: wish, secret: secret)
        var floor: Int64 = 0
        if provision {
            // First printed, then stored, as `enroll` does.
            try desk.console.draw(token.uri(), nil)
            try printProvisioned(token, user, id: id, desk)
        } else {
            try desk.say("One more token for \(printable(user)): \(quoted(text(label))).\n")
            floor = try Dialogue(desk: desk).prove(token)
        }
        try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            // Whatever root did while the person typed stands.
            try stamp.check(record, of: account)
            guard record.nextTokenID == id else { throw Failure.changedMeanwhile(account) }
            try check(record, account, user, label, token.secret)
            try token.add(to: &record, id: id, floor: floor, now: now)
        }
        var event = ToolEvent(.tokenAdded, account, desk)
        event.add("token", label)
        event.add("kind", Array(wish.kind.name.utf8))
        event.add("provisioned", provision ? "yes" : "no")
        event.log()
        if !provision {
            try desk.say("\n\(printable(user)) now has the token \(quoted(text(label))) as well.", isDone: true)
        }
    }

    /// What keeps a token from being added; looked at before the dialogue, and again under the lock.
    private func check(
        _ record: borrowing Record, _ account: Account, _ user: String, _ label: [UInt8],
        _ secret: borrowing SecretBytes
    ) throws(Failure) {
        try record.checkIsActive(account)
        guard record.tokens.count < Record.tokenLimit else {
            throw Failure(
                "\(printable(user)) has \(Record.tokenLimit) tokens, as many as there can be",
                hint: "remove one first: twostep token remove \(printable(user)) TOKEN", .cannotCreate)
        }
        try record.checkIsFree(label, of: user)
        guard !record.hasKey(secret.bytes) else {
            throw Failure(
                "\(printable(user)) has a token with this key already", hint: "give another key, or none", .cannotCreate
            )
        }
    }

    private struct Provisioned: Encodable {
        let user: String
        let id: UInt32
        let label: String
        let uri: String
        let secret: String
    }

    private func printProvisioned(
        _ token: borrowing NewToken, _ user: String, id: UInt32, _ desk: Desk
    ) throws {
        let uri = text(try token.uri().array)
        let label = text(token.wish.label)
        if json { return try desk.sayJSON(Provisioned(user: user, id: id, label: label, uri: uri, secret: token.key)) }
        try desk.say("user: \(user)\ntoken \(id): \(printable(label))\nuri: \(uri)\nsecret: \(token.key)")
    }

    // MARK: security keys

    private func register(_ key: SecurityKeyText, _ account: Account, _ user: String, _ desk: Desk) throws {
        let stamp = try RecordStamp.ofActiveRecord(account, desk)
        try desk.confirmOwner(account, json: json)
        let added = try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            try record.checkIsActive(account)
            // Of root's, several may come at once; an owner may have been asked a while ago.
            if desk.owner != nil { try stamp.check(record, of: account) }
            guard !record.hasSecurityKey(key.publicKey) else {
                throw Failure(
                    "\(printable(user)) has this security key already",
                    hint: "see them with: twostep status \(printable(user))", .cannotCreate)
            }
            let label = label(of: key, in: record)
            try record.checkIsFree(label, of: user)
            let added = SecurityKey(label: label, publicKey: key.publicKey, created: now)
            guard record.add(added) else {
                throw Failure(
                    "\(printable(user)) has \(SecurityKey.limit) security keys, as many as there can be",
                    hint: "remove one first: twostep token remove \(printable(user)) TOKEN", .cannotCreate)
            }
            return DeviceStatus(user, added)
        }
        var event = ToolEvent(.tokenAdded, account, desk)
        added.tell(&event)
        event.log()
        if json { return try desk.sayJSON(added, isDone: true) }
        try desk.say("\(printable(user)) now has the \(added.words).", isDone: true)
        let services = desk.configuration.securityKeyServices.map { printable(text($0)) }
        try desk.say(
            services.isEmpty
                ? "It does not count yet: see ssh_key_touch in twostep.conf(5)."
                : "It counts for: \(services.joined(separator: " ")).", isDone: true)
    }

    /// What was asked for; otherwise the key's comment, where that is a label nobody has; otherwise one of ours.
    private func label(of key: SecurityKeyText, in record: borrowing Record) -> [UInt8] {
        if let label = wanted.label { return Array(label.utf8) }
        let isUsable = Record.isLabel(key.comment, limit: SecurityKey.labelLimit) && !record.hasLabel(key.comment)
        return isUsable ? key.comment : record.freeLabel(Array("security-key".utf8))
    }
}
