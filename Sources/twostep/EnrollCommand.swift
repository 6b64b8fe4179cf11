internal import ArgumentParser
internal import Crypto
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

struct EnrollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Give a user a second step.",
        discussion: """
            EXAMPLES
              twostep enroll alice
              twostep enroll alice --provision --json
            """)

    @Argument(help: "The user.") var user: String
    @Flag(help: "Ask nothing and print what the user needs; usable at once.") var provision = false
    @Flag(help: "Print JSON (with --provision).") var json = false
    @Option(help: ArgumentHelp("Use this key instead of a new one.", valueName: "base32")) var secret: String?
    @Option(help: ArgumentHelp("SHA1, SHA256 or SHA512.", valueName: "hash")) var algorithm: String?
    @Option(help: ArgumentHelp("Digits of a code, 6 to 8.", valueName: "n")) var digits: Int?
    @Option(help: ArgumentHelp("Seconds a code lasts, 15 to 120.", valueName: "n")) var period: Int?
    @Flag(help: "Count codes (HOTP) instead of timing them (TOTP).") var hotp = false
    @Option(help: ArgumentHelp("What the user calls the token.", valueName: "text")) var label: String?
    @Option(help: ArgumentHelp("What apps show beside the name.", valueName: "text")) var issuer: String?
    @OptionGroup var site: SiteOptions

    func validate() throws {
        if let secret, secret.isEmpty { throw ValidationError("--secret takes a key in base32") }
        if json, !provision { throw ValidationError("--json goes with --provision") }
        if let digits, !HOTP.digitsRange.contains(digits) { throw ValidationError("--digits takes 6, 7 or 8") }
        if let period, !TOTP.periodRange.contains(period) { throw ValidationError("--period takes 15 to 120 seconds") }
        if hotp, period != nil { throw ValidationError("--period goes with timed codes, not with --hotp") }
        if let algorithm, Configuration.algorithm(Array(algorithm.utf8)) == nil {
            throw ValidationError("--algorithm takes SHA1, SHA256 or SHA512")
        }
        if let label, label.utf8.count > 64 { throw ValidationError("--label takes at most 64 bytes") }
        if let issuer, Configuration.issuer(Array(issuer.utf8)) == nil {
            throw ValidationError("--issuer takes 1 to 64 bytes without a colon")
        }
    }

    func run() throws {
        let configuration = try site.load()
        let account = try findAccount(user)
        // Before anybody scans anything.
        if try withStore(configuration, { (store) throws(StoreError) in try store.isEnrolled(account) }) {
            throw Failure.alreadyEnrolled(user)
        }
        let wish = wish(configuration)
        let credentials = try NewCredentials(
            account: account, wish: wish, secret: try makeSecret(wish), backupCodes: configuration.backupCodes)
        if provision {
            let record = try credentials.record(
                confirmed: false, floor: 0, bcryptCost: configuration.bcryptCost, now: wallClockSeconds())
            // First printed, then stored: a secret that nobody could read would lock somebody out.
            try printProvisioned(credentials)
            try save(record, account, configuration)
        } else {
            let floor = try EnrollDialogue(configuration: configuration).run(credentials)
            let record = try credentials.record(
                confirmed: true, floor: floor, bcryptCost: configuration.bcryptCost, now: wallClockSeconds())
            try save(record, account, configuration)
            try say("\(user) now has a second step.")
        }
    }

    private func wish(_ configuration: Configuration) -> TokenWish {
        TokenWish(
            kind: hotp ? .hotp : .totp,
            algorithm: algorithm.flatMap { Configuration.algorithm(Array($0.utf8)) } ?? configuration.algorithm,
            digits: digits ?? configuration.digits, period: hotp ? 30 : period ?? configuration.period,
            label: Array((label ?? "app").utf8),
            issuer: issuer.map { Array($0.utf8) }
                ?? (configuration.issuer.isEmpty ? hostName() : configuration.issuer))
    }

    /// The key given on the command line, or a new one as long as the hash's digest (RFC 4226 section 4, RFC 6238
    /// section 5.1).
    private func makeSecret(_ wish: TokenWish) throws -> SecretBytes {
        guard let secret else { return try NewCredentials.random(wish.algorithm.digestSize) }
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

    private func save(_ record: borrowing Record, _ account: Account, _ configuration: Configuration) throws {
        var problem: EnrolmentError?
        try withStore(configuration) { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(account, record) } catch { problem = error }
        }
        switch problem {
        case nil: break
        case .alreadyEnrolled: throw Failure.alreadyEnrolled(user)
        case .store(let error): throw Failure(error, site: configuration)
        }
        var line = EventLine("enrolled", severity: .notice)
        line.add("user", account.name)
        line.add("by", [UInt8](decimal: Int64(realUserID())))
        line.add("provisioned", provision ? "yes" : "no")
        systemLog(line.text, isError: false)
    }

    private func printProvisioned(_ credentials: borrowing NewCredentials) throws {
        let codes = (0..<credentials.backupCodeCount).map { credentials.backupCode($0) }
        let secret = text(Base32.encode(credentials.secret.bytes).array)
        let uri = text(try credentials.uri().array)
        guard json else {
            try say("user: \(user)\nuri: \(uri)\nsecret: \(secret)\nbackup codes: \(codes.joined(separator: " "))")
            return
        }
        try sayJSON(Provisioned(user: user, uri: uri, secret: secret, backupCodes: codes))
    }

    private struct Provisioned: Encodable {
        let user: String
        let uri: String
        let secret: String
        let backupCodes: [String]
    }
}

/// One value as JSON on one line of standard output, its keys in alphabetical order.
func sayJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try say(String(decoding: try encoder.encode(value), as: UTF8.self))
}
