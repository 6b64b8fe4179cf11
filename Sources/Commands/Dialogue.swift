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
    private static let sentence = "I have saved these codes"

    /// Shows the key of a new token, and has a code typed to prove that the app works.
    ///
    /// - Returns: the token's floor, behind the code that was typed.
    func prove(_ token: borrowing NewToken) throws -> Int64 {
        try showKey(token)
        return try proveApp(token)
    }

    private func showKey(_ token: borrowing NewToken) throws {
        let uri = try token.uri()
        try desk.say("1. Scan this with your authenticator app:\n")
        try draw(uri)
        let wish = token.wish
        let form =
            wish.kind == .totp
            ? "time based, \(wish.algorithm.text), \(wish.digits) digits, \(wish.period) seconds"
            : "counter based, \(wish.algorithm.text), \(wish.digits) digits"
        try desk.say("\n   or type this key into it (\(form)):\n")
        try desk.say("      " + grouped(token.key))
        try desk.say("\n   or open this address on the device that has the app:\n")
        try desk.say("      " + text(uri.array))
        try desk.say()
    }

    private func draw(_ uri: borrowing SecretBytes) throws {
        do throws(SystemError) { try desk.console.draw(uri, desk.configuration.qr) } catch {
            throw Failure.unheard(error, isDone: false)
        }
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

    private func proveApp(_ token: borrowing NewToken) throws -> Int64 {
        for _ in 0..<Dialogue.tries {
            guard let answer = desk.console.ask("2. Type the code that the app shows now: ", echo: true, always: true)
            else { throw interrupted }
            let attempt = Attempt(code: TypedCode.read(answer.bytes), backupHash: SecretBytes(capacity: 0), source: nil)
            var record = try token.record(confirmed: false, floor: 0, now: 0)
            let verdict = try judge(&record, attempt)
            if case .accepted = verdict { return record.tokens.first?.floor ?? 0 }
            for line in explanation(verdict, token.wish) { desk.sayOnError("twostep: \(line)") }
        }
        throw Failure(
            "no right code in \(Dialogue.tries) tries; nothing was changed",
            hint: "set the clocks of this machine and of the phone, and start again", .dataError)
    }

    private func judge(_ record: inout Record, _ attempt: borrowing Attempt) throws -> Verdict {
        let now = try desk.readClock()
        do throws(CryptoError) {
            let crypto = try Libcrypto.load()
            return try verify(&record, attempt, rules: desk.configuration.rules, now: now, crypto: crypto)
        } catch {
            throw Failure(StoreError(.cryptoUnavailable), site: desk.configuration)
        }
    }

    private func explanation(_ verdict: Verdict, _ wish: TokenWish) -> [String] {
        verdict == .refused(.malformed)
            ? ["that is no code", "type the \(wish.digits) digits that the app shows"]
            : ["that code is wrong", "wait for the next one, or check the clock of the phone"]
    }

    /// Shows backup codes, and has a sentence typed that says they were saved.
    func show(_ codes: borrowing NewBackupCodes, step: String) throws {
        try desk.say("\(step) backup codes. Each lets you in once, without the app. Print or write them down now:\n")
        let shown = codes.shown
        for index in stride(from: 0, to: shown.count, by: 2) {
            try desk.say("      " + shown[index..<min(index + 2, shown.count)].joined(separator: "    "))
        }
        try desk.say()
        for _ in 0..<Dialogue.tries {
            guard
                let answer = desk.console.ask(
                    "   Type \"\(Dialogue.sentence)\" to finish: ", echo: true, always: true)
            else { throw interrupted }
            let typed = answer.array.trimmed.map { $0.lowercased }
            if typed == Dialogue.sentence.utf8.map({ $0.lowercased }) { return }
            desk.sayOnError("twostep: that is not the sentence")
            desk.sayOnError("twostep: type it without the quotes")
        }
        throw Failure("the codes were not confirmed; nothing was changed", hint: "start again", .dataError)
    }

    private var interrupted: Failure {
        Failure("the input ended; nothing was changed", hint: "start again", .dataError)
    }
}
