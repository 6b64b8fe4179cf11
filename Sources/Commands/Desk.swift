internal import Crypto
internal import FoundationEssentials
package import Linux
package import TwostepCore
internal import Vault

/// What a command has to work with: who runs it, under which configuration, and where it speaks.
package struct Desk {
    package let console: any Console
    package let configuration: Configuration
    /// Where the configuration was read from.
    package let configurationPath: [UInt8]
    /// The real uid of who runs the command, for the log.
    let by: UInt32
    /// Who may do this for themselves alone; nil for root, who may for everybody.
    let owner: Owner?

    /// Root's.
    package init(_ console: any Console, _ configuration: Configuration, from path: [UInt8]) {
        self.console = console
        self.configuration = configuration
        configurationPath = path
        by = realUserID()
        owner = nil
    }

    /// An owner's, in the service.
    package init(_ console: any Console, _ configuration: Configuration, from path: [UInt8], owner: Owner) {
        self.console = console
        self.configuration = configuration
        configurationPath = path
        by = owner.account.uid
        self.owner = owner
    }

    /// The account that a command is about.
    ///
    /// - Parameter user: as named on the command line; nobody stands for an owner themselves.
    package func account(of user: String?) throws -> Account {
        guard let owner else {
            guard let user else { throw Failure.noUserNamed }
            return try findAccount(user)
        }
        guard let user else { return owner.account }
        // Whether there is such a user is not for them to know.
        guard let entry = try? PasswordEntry.named(Array(user.utf8)), entry.uid == owner.account.uid,
            // Of two names for one uid the password is the first one's.
            entry.name == owner.account.name
        else { throw Failure.notYours }
        return owner.account
    }

    /// What is to be done, where root alone can do it.
    func cure(_ hint: String) -> String { owner == nil ? hint : "ask your administrator" }

    /// How apps and people call this site.
    package var siteName: [UInt8] { configuration.issuer.isEmpty ? hostName() : configuration.issuer }

    /// Has an owner type the password; root has no need to.
    func confirmPassword() throws { try owner?.confirmPassword(console) }
}

/// Somebody without root, who the kernel says is at the other end.
package struct Owner {
    package let account: Account
    /// Has PAM confirm the account's password, and throws where it does not.
    private let confirm: (any Console) throws -> Void

    package init(_ account: Account, confirmPassword: @escaping (any Console) throws -> Void) {
        self.account = account
        confirm = confirmPassword
    }

    /// Where they are: their wrong codes count for them, as under `su`.
    var source: Source { Source(.uid, UInt64(account.uid)) }

    func confirmPassword(_ console: any Console) throws { try confirm(console) }
}

extension Desk {
    /// One line on standard output. What nobody can read is an error: it may have been a key.
    ///
    /// - Parameter isDone: whether what the line tells of has happened already.
    package func say(_ line: String = "", isDone: Bool = false) throws {
        do throws(SystemError) { try console.write(Array((line + "\n").utf8)) } catch {
            throw Failure.unheard(error, isDone: isDone)
        }
    }

    /// A sentence in lines that fit the narrowest terminal; as `say` otherwise.
    package func sayWrapped(_ sentence: String, isDone: Bool = false) throws {
        for line in wrapped(sentence, indent: "", width: 80) { try say(line, isDone: isDone) }
    }

    /// Many lines at once; as `say` otherwise.
    package func write(_ lines: [UInt8]) throws {
        do throws(SystemError) { try console.write(lines) } catch { throw Failure.unheard(error, isDone: false) }
    }

    /// One value as JSON on one line of standard output, its keys in alphabetical order; as `say` otherwise.
    package func sayJSON(_ value: some Encodable, isDone: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try say(String(decoding: try encoder.encode(value), as: UTF8.self), isDone: isDone)
    }

    /// The same of a value that needs no encoder.
    func sayJSON(_ value: JSONText) throws {
        var out: [UInt8] = []
        value.write(to: &out)
        try write(out + [0x0A])
    }

    /// A line of a dialogue; where standard output is to be JSON alone, on standard error.
    func sayUnless(_ json: Bool, _ line: String) throws {
        if json { sayOnError(line) } else { try say(line) }
    }

    /// One line on standard error.
    package func sayOnError(_ line: String) { console.writeError(Array((line + "\n").utf8)) }

    /// Says what is wrong with something that is done all the same.
    package func warn(_ what: String, hint: String?) {
        sayOnError("twostep: warning: \(what)")
        if let hint { sayOnError("twostep: \(hint)") }
    }
}

extension Desk {
    /// Asks whether to go on.
    ///
    /// - Throws: unless the answer is yes.
    package func confirm(_ question: String) throws(Failure) {
        var isYes = false
        if let answer = console.ask("\(question) [y/N] ", echo: true, always: true) {
            let word = text(answer.array).lowercased()
            isYes = word == "y" || word == "yes"
        }
        guard isYes else { throw Failure("nothing was changed", hint: "answer y, or give --yes", .refused) }
    }

    /// The time; an error where there is none, by which nothing could be judged or told.
    package func readClock() throws(Failure) -> Int64 {
        guard let now = wallClock() else { throw Failure(StoreError(.clockUnavailable), site: configuration) }
        return now
    }
}

extension Failure {
    package static func unheard(_ error: SystemError, isDone: Bool) -> Failure {
        Failure(
            "the output cannot be written (\(text(error.name)))",
            hint: isDone
                ? "what was asked for is done; see with: twostep status"
                : "nothing was changed; make room and start again",
            .inputOutput, leavesDoubt: isDone)
    }

    static let noUserNamed = Failure("no user is named", hint: "say for whom: twostep COMMAND USER", .usage)

    static let notYours = Failure(
        "you can do this for yourself only", hint: "leave the name away, or ask your administrator", .noPermission)
}
