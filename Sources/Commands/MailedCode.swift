internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// A code that goes to somebody by mail: of the form of a backup code. What is kept of it is its bcrypt hash.
struct MailedCode: ~Copyable {
    private let code: SecretBytes

    init() throws {
        var code = SecretBytes(capacity: BackupCode.size)
        while code.count == 0 {
            let random = try random(BackupCode.randomSize)
            if let made = BackupCode.make(random: random.bytes) { code.append(contentsOf: made.bytes) }
        }
        self.code = code
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
    func send(_ request: CodeRequest) -> Bool {
        let line = request.line
        let shown = BackupCode.display(code.bytes)
        var datagram = SecretBytes(capacity: line.count + shown.count)
        datagram.append(contentsOf: line.span)
        datagram.append(contentsOf: shown.bytes)
        return sendEvent(datagram.bytes)
    }

    /// The hash of what somebody typed; nil where that has not the form of such a code.
    static func hash(typed: consuming SecretBytes, setting: [UInt8]) throws -> [UInt8]? {
        let code = TypedCode.read(typed)
        guard code.kind == .backup else { return nil }
        return try bcrypt { () throws(CryptoError) in try Bcrypt.hash(code.text.bytes, setting: setting.span).array }
    }
}

private func bcrypt(_ body: () throws(CryptoError) -> [UInt8]) throws -> [UInt8] {
    do throws(CryptoError) { return try body() } catch { throw Failure("libcrypt offers no bcrypt", .software) }
}
