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
}

/// How whole a record was when it was read under its lock.
package enum RecordHealth: Sendable { case sound, oneSlotDamaged }

/// What an update of a record wants done with it.
package struct RecordUpdate<Value> {
    package let value: Value
    /// Whether both slots must know of it, so that no single damage can revive what was spent.
    package let inBothSlots: Bool

    package init(_ value: Value, inBothSlots: Bool) {
        self.value = value
        self.inBothSlots = inBothSlots
    }
}

/// Where records are kept, as the login dialogue sees it.
package protocol CredentialStore: ~Copyable {
    /// Reads, without a lock, whether the account has a record.
    ///
    /// - Returns: false only where it is proven that there is none: marker, index and folder agree.
    mutating func contains(_ account: Account) throws(StoreError) -> Bool

    /// Reads, without a lock, the bcrypt setting of the account's backup codes; nil where there are none.
    mutating func backupSetting(of account: Account) throws(StoreError) -> [UInt8]?

    /// Reads the record under its lock, hands it to `body`, and makes the result durable before returning.
    ///
    /// - Returns: what `body` gave, only after the record was written; nil where the account is proven to have none.
    mutating func update<Value>(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate<Value>
    ) throws(StoreError) -> Value?
}
