package import ArgumentParser
package import Crypto
internal import Linux
package import TwostepCore

/// What a new token is to be, on `enroll` and `token add`.
package struct TokenOptions: ParsableArguments {
    package init() {}

    @Option(help: ArgumentHelp("Use this key instead of a new one.", valueName: "base32")) package var secret: String?
    @Option(
        help: ArgumentHelp("SHA1, SHA256 or SHA512.", valueName: "hash"),
        completion: .list(["SHA1", "SHA256", "SHA512"]))
    var algorithm: String?
    @Option(help: ArgumentHelp("Digits of a code, 6 to 8.", valueName: "n"), completion: .list(["6", "7", "8"]))
    var digits: Int?
    @Option(help: ArgumentHelp("Seconds a code lasts, 15 to 120.", valueName: "n")) var period: Int?
    @Flag(help: "Count codes (HOTP) instead of timing them (TOTP).") var hotp = false
    @Option(help: ArgumentHelp("What the user calls the token.", valueName: "text")) package var label: String?
    @Option(help: ArgumentHelp("What apps show beside the name.", valueName: "text")) var issuer: String?

    /// What a token is called unless somebody says otherwise.
    package static var usualLabel: [UInt8] { Array("app".utf8) }

    package func validate() throws {
        if let secret, secret.isEmpty { throw ValidationError("--secret takes a key in base32") }
        if let digits, !HOTP.digitsRange.contains(digits) { throw ValidationError("--digits takes 6, 7 or 8") }
        if let period, !TOTP.periodRange.contains(period) { throw ValidationError("--period takes 15 to 120 seconds") }
        if hotp, period != nil { throw ValidationError("--period goes with timed codes, not with --hotp") }
        if let algorithm, Configuration.algorithm(Array(algorithm.utf8)) == nil {
            throw ValidationError("--algorithm takes SHA1, SHA256 or SHA512")
        }
        if let label { try Label.check(label, "--label") }
        if let issuer, Configuration.issuer(Array(issuer.utf8)) == nil {
            throw ValidationError("--issuer takes 1 to 64 bytes without a colon")
        }
    }

    /// What an owner may ask for: a label. What codes look like is the site's to say, and a new key is random.
    func request() throws(Failure) -> [String] {
        guard !describesCodes else {
            throw Failure(
                "only root can say what codes look like, or give a key", hint: "leave all but --label away",
                .noPermission)
        }
        return label.map { ["--label=\($0)"] } ?? []
    }

    /// Whether anything but a label was given.
    var describesCodes: Bool {
        secret != nil || algorithm != nil || digits != nil || period != nil || hotp || issuer != nil
    }

    /// What is not given comes from the configuration.
    package func wish(_ desk: Desk, label: [UInt8]) -> TokenWish {
        let configuration = desk.configuration
        return TokenWish(
            kind: hotp ? .hotp : .totp, algorithm: hash(configuration),
            digits: digits ?? configuration.digits, period: hotp ? 30 : period ?? configuration.period, label: label,
            issuer: issuer.map { Array($0.utf8) } ?? desk.siteName)
    }

    private func hash(_ configuration: Configuration) -> HashAlgorithm {
        algorithm.flatMap { Configuration.algorithm(Array($0.utf8)) } ?? configuration.algorithm
    }

    /// The key given on the command line, or a new one as long as the hash's digest (RFC 4226 section 4, RFC 6238
    /// section 5.1).
    package func makeSecret(_ configuration: Configuration) throws -> SecretBytes {
        guard let secret else { return try random(hash(configuration).digestSize) }
        let key: SecretBytes
        do throws(CodeError) { key = try Base32.decode(Array(secret.utf8).span) } catch {
            throw Failure(
                "--secret is not base32", hint: "it takes the letters A to Z and the digits 2 to 7", .dataError)
        }
        guard OTPAuthURI.secretSizes.contains(key.count) else {
            throw Failure("--secret has \(key.count) bytes", hint: "it takes 10 to 128; 20 are usual", .dataError)
        }
        return key
    }
}

/// What tokens and security keys may be called.
enum Label {
    static func check(_ label: String, _ name: String, limit: Int = Token.labelLimit) throws {
        guard Record.isLabel(Array(label.utf8), limit: limit) else {
            throw ValidationError("\(name) takes 1 to \(limit) bytes, not blank and not digits alone")
        }
    }
}
