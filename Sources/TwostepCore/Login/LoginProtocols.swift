package import Crypto

/// Why the person could not be asked.
package enum ConversationError: Error, Equatable, Sendable {
    /// The application's conversation failed, or gave no answer at all.
    case failed
}

/// The person at the prompt, as the login dialogue sees them. One implementation stands on PAM, one on a queue of
/// expected prompts and answers.
package protocol Conversation: ~Copyable {
    /// Asks for one line.
    ///
    /// - Parameters:
    ///   - prompt: the text, UTF-8.
    ///   - echo: whether what is typed may be seen.
    /// - Returns: the answer, at most 512 bytes; an answer that was longer is cut to 513, which nothing accepts.
    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes

    /// Shows one line; nothing depends on whether it is seen.
    mutating func tell(_ line: [UInt8], isError: Bool)

    /// What a module before ours was told (`PAM_AUTHTOK`), cut as in `ask`; nil where there is nothing. In its place,
    /// once, an answer that is held.
    mutating func firstPass() -> SecretBytes?

    /// Keeps an answer for whoever takes the login over.
    mutating func hold(_ answer: consuming SecretBytes)

    /// Leaves a password (`PAM_AUTHTOK`) for the module after ours.
    mutating func leave(_ password: borrowing SecretBytes) throws(ConversationError)
}

extension Conversation where Self: ~Copyable {
    /// Where nobody takes over there is nothing to keep.
    package mutating func hold(_ answer: consuming SecretBytes) {}
}

/// How whole a record was when it was read under its lock.
package enum RecordHealth: Sendable { case sound, oneSlotDamaged }

/// How somebody stands before anything was asked.
package enum Standing: Sendable {
    /// Proven: there is no record, or a whole one that says that enrolment is not complete.
    case unenrolled
    /// Whoever has such a record must enrol anew, whatever policy says of the unenrolled.
    case mustReenrol
    /// There is a record that somebody is to be judged on.
    case enrolled
}

/// Whom a login asks the store about.
package struct LoginSubject: Equatable, Sendable {
    /// Nil where the name service knows no such user.
    package let account: Account?
    /// The name as it was typed; where there is no record, it chooses the decoy.
    package let name: [UInt8]

    package init(account: Account?, name: [UInt8]) {
        self.account = account
        self.name = name
    }
}

/// What an update of a record wants done with it.
package struct RecordUpdate {
    package let verdict: Verdict
    /// Whether both slots must know of it, so that no single damage can revive what was spent.
    package let inBothSlots: Bool

    package init(_ verdict: Verdict, inBothSlots: Bool) {
        self.verdict = verdict
        self.inBothSlots = inBothSlots
    }
}

/// What came of an update, once it is durable.
package struct Updated {
    package let verdict: Verdict
    /// Whether it was a decoy's record, in place of one that is proven not to be there.
    package let isDecoy: Bool

    package init(_ verdict: Verdict, isDecoy: Bool) {
        self.verdict = verdict
        self.isDecoy = isDecoy
    }
}

/// Where records are kept, as the login dialogue sees it.
package protocol CredentialStore: ~Copyable {
    /// Reads, without a lock, how the account stands.
    ///
    /// - Returns: `.unenrolled` only where it is proven: marker, index and folder agree that there is no record, or both
    ///   slots of the record are sound and it says that enrolment is not complete.
    mutating func standing(of account: Account) throws(StoreError) -> Standing

    /// Reads, without a lock, whether the account has registered this security key.
    mutating func hasSecurityKey(_ publicKey: [UInt8], _ account: Account) throws(StoreError) -> Bool

    /// Looks, without a lock, whether a login needs no code. Whose record it is not there for costs the same (law 8).
    mutating func recall(_ login: RecurringLogin, of subject: LoginSubject) throws(StoreError) -> Recalled

    /// Reads, without a lock, until when single codes from `source` are not looked at, in seconds since the epoch; nil
    /// where they are.
    mutating func closedUntil(
        _ account: Account, from source: Source?, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Int64?

    /// Reads, without a lock, the bcrypt setting of the subject's backup codes; a decoy's where there are none.
    mutating func backupSetting(of subject: LoginSubject) throws(StoreError) -> [UInt8]

    /// Reads the record under its lock, hands it to `body`, and makes the result durable before returning. Where it is
    /// proven that there is no record, all of that happens to a decoy's; and whoever is refused costs what proving an
    /// absence costs (law 8).
    mutating func update(
        _ subject: LoginSubject,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> Updated
}
