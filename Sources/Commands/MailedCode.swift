package import Crypto
internal import Linux
package import Notices
internal import TwostepCore
internal import Vault

/// A code that goes to somebody by mail: of the form of a backup code. What is kept of it is its bcrypt hash.
struct MailedCode: ~Copyable {
    private let code: SecretBytes

    init() throws {
        code = try newBackupCode(random)
    }

    /// - Returns: 60 bytes.
    func hash(cost: Int) throws -> [UInt8] {
        try bcrypt { () throws(CryptoError) in
            let setting = try Bcrypt.newSetting(cost: cost)
            return try Bcrypt.hash(code.bytes, setting: setting.span).array
        }
    }

    /// Has it sent.
    ///
    /// - Returns: whether somebody has taken the mail to send.
    func send(_ request: CodeRequest) -> Bool { request.send(BackupCode.display(code.bytes)) }

    /// The hash of what somebody typed; nil where that has not the form of such a code.
    static func hash(typed: consuming SecretBytes, setting: [UInt8]) throws -> [UInt8]? {
        let code = TypedCode.read(typed)
        guard code.kind == .backup else { return nil }
        return try bcrypt { () throws(CryptoError) in try Bcrypt.hash(code.text.bytes, setting: setting.span).array }
    }
}

extension CodeRequest {
    /// Has the mail sent.
    ///
    /// - Parameters:
    ///   - code: as the person reads it, printable ASCII without blanks.
    ///   - milliseconds: how long it is waited for room.
    /// - Returns: whether somebody has taken the mail to send.
    package func send(
        _ code: borrowing SecretBytes, within milliseconds: Int64 = HandingOver.patience
    ) -> Bool {
        let datagram = CodeDatagram.make(line, code.bytes)
        return sendRequest(datagram.bytes, within: milliseconds)
    }

    /// Asks for the mail with a recovery token, as the site's link where it has one.
    ///
    /// - Parameters:
    ///   - token: its 26 characters.
    ///   - milliseconds: how long it is waited for room.
    /// - Returns: whether somebody has taken the mail to send.
    package static func send(
        recovery token: borrowing SecretBytes, of user: [UInt8], to address: EmailAddress, _ settings: RecoverySettings,
        within milliseconds: Int64
    ) -> Bool {
        let request = CodeRequest(
            template: settings.url == nil ? "recovery-token" : "recovery-link", user: text(user), address: address,
            minutes: Int(RecoveryGrant.lifetime / 60))
        guard let url = settings.url else {
            return request.send(RecoveryToken.display(token.bytes), within: milliseconds)
        }
        var link = SecretBytes(capacity: url.utf8.count + token.count)
        link.append(contentsOf: Array(url.utf8).span)
        link.append(contentsOf: token.bytes)
        return request.send(link, within: milliseconds)
    }
}

private func bcrypt(_ body: () throws(CryptoError) -> [UInt8]) throws -> [UInt8] {
    do throws(CryptoError) { return try body() } catch { throw Failure.noBcrypt }
}
