internal import Commands
internal import Crypto
internal import TwostepCore
internal import Vault

/// One user on the way out.
struct ExportedUser {
    let account: Account
    /// How many tokens were written.
    private(set) var tokens = 0
    /// What of the record is not in the file, in words.
    private(set) var notExported: [String] = []
    var error: String?

    init(_ account: Account) { self.account = account }

    var name: String { text(account.name) }

    /// Reads the record and writes its tokens.
    mutating func read(_ store: borrowing OpenStore, _ writer: ExportWriter, into content: inout [UInt8]) {
        guard error == nil else { return }
        do throws(StoreError) {
            let lines = try store.peek(account) { record in writer.lines(account, record) }
            guard let lines else {
                error = "not-enrolled"
                return
            }
            content += lines.content
            tokens = lines.tokens
            notExported = lines.notExported
        } catch {
            self.error = "\(error.reason.text)"
        }
    }
}

/// Tokens in the words of another program.
struct ExportWriter {
    let format: ExportCommand.Format
    let issuer: [UInt8]

    struct Lines {
        var content: [UInt8] = []
        var tokens = 0
        var notExported: [String] = []
    }

    func lines(_ account: Account, _ record: borrowing Record) -> Lines {
        var lines = Lines()
        for token in record.tokens {
            do throws(ExportProblem) {
                lines.content += try record.withKey(of: token) { (key) throws(ExportProblem) in
                    try line(token, key, account)
                }
                lines.content.append(0x0A)
                lines.tokens += 1
            } catch {
                lines.notExported.append("token \(text(token.label)): \(error.text)")
            }
        }
        if record.backupCodes.left > 0 {
            let left = record.backupCodes.left
            lines.notExported.append(
                left == 1
                    ? "1 backup code: only its hash is known" : "\(left) backup codes: only their hashes are known")
        }
        for key in record.securityKeys { lines.notExported.append("security key \(text(key.label))") }
        return lines
    }

    private struct ExportProblem: Error {
        let text: String
    }

    private func line(_ token: Token, _ key: Span<UInt8>, _ account: Account) throws(ExportProblem) -> [UInt8] {
        switch format {
        case .uri: try address(token, key, account)
        case .oath: try oathLine(token, key, account)
        }
    }

    private func address(_ token: Token, _ key: Span<UInt8>, _ account: Account) throws(ExportProblem) -> [UInt8] {
        let kind: OTPAuthURI.Kind =
            token.kind == .totp ? .totp(period: token.period) : .hotp(counter: UInt64(max(token.floor, 0)))
        do throws(URIError) {
            return try OTPAuthURI(
                secret: SecretBytes(copying: key), issuer: issuer, account: account.name, algorithm: token.algorithm,
                digits: token.digits, kind: kind
            ).write().array
        } catch {
            throw ExportProblem(text: "no otpauth:// address can say this")
        }
    }

    /// As liboath's `usersfile.c` reads it: type, user, PIN, key in hexadecimal digits, and the next counter value.
    private func oathLine(_ token: Token, _ key: Span<UInt8>, _ account: Account) throws(ExportProblem) -> [UInt8] {
        guard token.algorithm == .sha1 else {
            throw ExportProblem(text: "pam_oath has \(token.algorithm.text) nowhere")
        }
        guard token.kind == .hotp || token.period == 30 || token.period == 60 else {
            throw ExportProblem(text: "pam_oath has no steps of \(token.period) s")
        }
        guard !account.name.contains(where: { $0 <= 0x20 || $0 == 0x23 }) else {
            throw ExportProblem(text: "pam_oath takes no such name")
        }
        let type = token.kind == .hotp ? "HOTP/E" : "HOTP/T\(token.period)"
        var line = Array("\(type)/\(token.digits)\t".utf8) + account.name + Array("\t-\t".utf8)
        let digits = Array("0123456789abcdef".utf8)
        for index in key.indices {
            line.append(digits[Int(key[index] >> 4)])
            line.append(digits[Int(key[index] & 15)])
        }
        if token.kind == .hotp { line += Array("\t\(token.floor)".utf8) }
        return line
    }
}
