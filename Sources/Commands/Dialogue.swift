internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

/// What a person is shown and asked while they get a token or backup codes. Nothing is stored before its end, so that
/// an interruption leaves things as they were.
struct Dialogue {
    let desk: Desk
    /// How often somebody may get the code, or the sentence, wrong.
    private static let tries = 5
    /// How often the key is shown again.
    private static let looks = 10
    private static let sentence = "I have saved these codes"

    /// Shows the key of a new token, and has a code typed to prove that the app works.
    ///
    /// - Parameter floor: the first step or counter value whose code counts.
    /// - Returns: the token's floor, behind the code that was typed.
    func prove(_ token: borrowing NewToken, floor: Int64 = 0) throws -> Int64 {
        try desk.say("1. Scan the QR code with your authenticator app,\n")
        try showKey(token)
        try draw(token)
        return try proveApp(token, floor)
    }

    /// The key and the address stand before the code: on a small terminal only what is right above the question is seen.
    private func showKey(_ token: borrowing NewToken) throws {
        let wish = token.wish
        let form =
            wish.kind == .totp
            ? "time based, \(wish.algorithm.text), \(wish.digits) digits, \(wish.period) seconds"
            : "counter based, \(wish.algorithm.text), \(wish.digits) digits"
        try desk.say("   or type this key into it (\(form)):\n")
        try desk.say("      " + grouped(token.key))
        try desk.say("\n   or open this address on the device that has the app:\n")
        try desk.say("      " + text(token.uri().array))
        try desk.say()
    }

    private func draw(_ token: borrowing NewToken) throws {
        try desk.console.draw(token.uri(), desk.configuration.qr)
    }

    /// Groups of four, as they are easiest to type.
    private func grouped(_ key: String) -> String {
        var groups = ""
        for (index, character) in key.enumerated() {
            if index > 0, index % 4 == 0 { groups.append(" ") }
            groups.append(character)
        }
        return groups
    }

    private func proveApp(_ token: borrowing NewToken, _ floor: Int64) throws -> Int64 {
        var looks = 0
        var tries = 0
        var before = SecretBytes(capacity: 0)
        while tries < Dialogue.tries, looks < Dialogue.looks {
            guard
                let answer = desk.console.ask(
                    "2. Type the code that the app shows now (Enter: the key again): ", echo: true, always: true)
            else { throw interrupted }
            guard !answer.array.trimmed.isEmpty else {
                // Of both only one may fit: what is wanted is what is not seen.
                looks += 1
                if looks % 2 == 1 { try showKey(token) } else { try draw(token) }
                continue
            }
            tries += 1
            let typed = TypedCode.read(answer.bytes)
            let now = try desk.readClock()
            let flaw: CodeFlaw
            switch try judge(typed, token, floor, isAgain: equalInConstantTime(typed.text.bytes, before.bytes), now) {
            case .right(let floor): return floor
            case .wrong(let found): flaw = found
            }
            if typed.kind == .oneTime { before = typed.text.copy() }
            let lines = flaw.lines(token, now: now)
            desk.sayOnError("twostep: \(lines.what)")
            desk.sayOnError("twostep: \(lines.hint)")
        }
        throw Failure(
            "no right code in \(tries) tries; nothing was changed",
            hint: "set the clocks of this machine and of the phone, and start again", .dataError)
    }

    private enum Trial {
        /// The token's floor from now on.
        case right(Int64)
        case wrong(CodeFlaw)
    }

    private func judge(
        _ typed: borrowing TypedCode, _ token: borrowing NewToken, _ floor: Int64, isAgain: Bool, _ now: Int64
    ) throws -> Trial {
        if let flaw = CodeFlaw(shape: typed, digits: token.wish.digits) { return .wrong(flaw) }
        var record = try token.record(confirmed: false, floor: floor, now: 0)
        do throws(CryptoError) {
            let crypto = try Libcrypto.load()
            let attempt = Attempt(
                code: TypedCode.read(typed.text.bytes), backupHash: SecretBytes(capacity: 0), source: nil)
            switch try verify(&record, attempt, rules: desk.configuration.rules, now: now, crypto: crypto) {
            case .accepted: return .right(record.tokens.first?.floor ?? 0)
            case .refused(.alreadyUsed): return .wrong(.used)
            case .refused where isAgain: return .wrong(.again)
            case .refused:
                return .wrong(try CodeFlaw(wrong: typed.text.bytes, token, now: now, crypto: crypto))
            }
        } catch {
            throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
        }
    }

    /// Shows backup codes, and has a sentence typed that says they were saved.
    func show(_ codes: borrowing NewBackupCodes, of user: String, step: String) throws {
        try desk.say("\(step) backup codes. Each lets you in once, without the app.")
        try desk.say("   Print or write them down now:\n")
        let shown = codes.shown
        for index in stride(from: 0, to: shown.count, by: 2) {
            try desk.say("      " + shown[index..<min(index + 2, shown.count)].joined(separator: "    "))
        }
        try desk.say()
        try desk.console.keep(codes.sheet(for: user, desk))
        for _ in 0..<Dialogue.tries {
            guard
                let answer = desk.console.ask(
                    "   Type \"\(Dialogue.sentence)\" to finish: ", echo: true, always: true)
            else { throw interrupted }
            if Dialogue.saysSaved(answer.array) { return }
            desk.sayOnError("twostep: that is not the sentence")
            desk.sayOnError("twostep: type it without the quotes")
        }
        throw Failure("the codes were not confirmed; nothing was changed", hint: "start again", .dataError)
    }

    /// Whether somebody has typed the sentence, in whatever case, with the full stop of one or without.
    static func saysSaved(_ typed: [UInt8]) -> Bool {
        var typed = typed.trimmed.map { $0.lowercased }
        if typed.last == UInt8(ascii: ".") { typed.removeLast() }
        return typed == sentence.utf8.map { $0.lowercased }
    }

    private var interrupted: Failure {
        Failure("stopped before the end; nothing was changed", hint: "start again", .dataError)
    }
}
