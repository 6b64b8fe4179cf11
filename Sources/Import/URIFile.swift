internal import Crypto
internal import TwostepCore

/// Addresses of authenticator entries, one a line: `otpauth://`, and Google Authenticator's export,
/// `otpauth-migration://`. Empty lines, and those with `#` in front, count nowhere.
package enum URIFile {
    /// The largest input that is read, in bytes.
    package static let sizeLimit = 16 << 20

    /// One entry of an authenticator app.
    package struct Entry {
        package let issuer: [UInt8]
        package let account: [UInt8]
        package let token: ForeignToken
        /// From a telephone's export, which has all that is on it.
        package let isExported: Bool

        /// How the app shows it: `issuer:account`, or the account alone.
        package var name: [UInt8] { issuer.isEmpty ? account : issuer + [0x3A] + account }
    }

    /// Reads the addresses.
    ///
    /// - Throws: every line that is malformed; nothing of the input counts then.
    package static func parse(_ text: Span<UInt8>) throws(ImportErrors) -> [Entry] {
        guard text.count <= sizeLimit else { throw ImportErrors([ImportError("larger than 16 MiB")]) }
        var entries: [Entry] = []
        var batches = MigrationBatches()
        var errors: [ImportError] = []
        for (index, line) in Lines.of(text).enumerated() {
            let words = Lines.words(line, text)
            guard let word = words.first, text[word.lowerBound] != UInt8(ascii: "#") else { continue }
            do throws(ImportError) {
                guard words.count == 1 else { throw ImportError("an address and more; one a line is taken") }
                if text.begins(word, "otpauth-migration:") {
                    let payload = try MigrationPayload(uri: text.extracting(word))
                    batches.note(payload)
                    entries += payload.entries
                } else {
                    entries.append(try entry(text.extracting(word)))
                }
            } catch {
                errors.append(ImportError(line: index + 1, error.text))
            }
        }
        errors += batches.missing
        guard errors.isEmpty else { throw ImportErrors(errors) }
        return entries
    }

    private static func entry(_ text: Span<UInt8>) throws(ImportError) -> Entry {
        do throws(URIError) {
            let uri = try OTPAuthURI.parse(text)
            return try entry(uri)
        } catch {
            throw ImportError(words(for: error))
        }
    }

    private static func entry(_ uri: borrowing OTPAuthURI) throws(URIError) -> Entry {
        var kind = Token.Kind.totp
        var period = 30
        var floor: Int64 = 0
        switch uri.kind {
        case .totp(let seconds): period = seconds
        case .hotp(let counter):
            kind = .hotp
            floor = Int64(clamping: counter)
        }
        do throws(ImportError) {
            let token = try ForeignToken(
                secret: uri.secret.copy(), kind: kind, algorithm: uri.algorithm, digits: uri.digits, period: period,
                floor: floor)
            return Entry(issuer: uri.issuer, account: uri.account, token: token, isExported: false)
        } catch {
            throw .badCounter
        }
    }

    static func words(for error: URIError) -> String {
        switch error {
        case .tooLong: "the address is longer than 2048 bytes"
        case .notOTPAuth: "neither otpauth:// nor otpauth-migration://"
        case .badKind: "neither totp nor hotp"
        case .badEncoding: "a bad percent sign or a control character"
        case .badLabel: "no label, or one with two colons"
        case .badIssuer: "a bad issuer"
        case .badAccount: "a bad account name"
        case .duplicate: "a parameter is given twice"
        case .missingSecret: "no secret"
        case .badSecret: "the secret is not base32, or not 10 to 128 bytes long"
        case .badAlgorithm: "an algorithm other than SHA1, SHA256 and SHA512"
        case .badDigits: "a number of digits other than 6, 7 and 8"
        case .badPeriod: "a period other than 15 to 120 seconds"
        case .missingCounter: "counted codes without a counter"
        case .badCounter: "a bad counter"
        }
    }
}

extension ForeignUser {
    /// A user with entries of an authenticator app.
    package init(name: [UInt8], entries: [URIFile.Entry]) {
        self.init(name: name)
        for entry in entries { add(entry.token) }
        for entry in entries where entry.token.kind == .hotp {
            carriedOver.append(Note("counter", "the next counter value, \(entry.token.floor)"))
        }
    }
}
