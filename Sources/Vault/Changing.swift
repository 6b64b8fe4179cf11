package import Crypto
internal import Linux
package import TwostepCore

/// What is to happen with a record that was looked at under its lock.
package enum RecordChange<Answer> {
    /// It is written back.
    case save(Answer)
    /// It stays as it is on the disk.
    case leave(Answer)
}

/// What came of a change, once it is durable.
package struct ChangedRecord<Answer> {
    package let answer: Answer
    /// How whole the record was when it was read.
    package let health: RecordHealth
    /// Why the older state could not be written over as well; nil where nothing is left of it.
    package let leftover: StoreError?
    /// Why nobody can say whether the change outlives the next crash: the file has it, and the disk has not said that it
    /// is durable. Nil where it is.
    package let doubt: StoreError?

    init(_ answer: Answer, _ health: RecordHealth, leftover: StoreError? = nil, doubt: StoreError? = nil) {
        self.answer = answer
        self.health = health
        self.leftover = leftover
        self.doubt = doubt
    }
}

/// Changing records: for the tool; no login does any of it.
extension OpenStore {
    /// Reads a record under its lock, hands it to `body` and writes it to both slots, so that no damage of one brings
    /// back what was removed; the lock is gone when this returns.
    ///
    /// - Returns: nil where there is no record file.
    /// - Throws: where nothing was changed. Once the first slot is durable, the change counts; where that could not be
    ///   made sure of, the result says so.
    package func change<Answer>(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordChange<Answer>
    ) throws(StoreError) -> ChangedRecord<Answer>? {
        guard let file = try RecordFile.openLocked(account, in: users) else { return nil }
        var loaded = try LoadedRecord.read(file, account, in: self)
        let health = loaded.state.health
        let change: RecordChange<Answer>
        do throws(CryptoError) { change = try body(&loaded.record, health, crypto) } catch {
            throw StoreError(.cryptoUnavailable)
        }
        switch change {
        case .leave(let answer): return ChangedRecord(answer, health)
        case .save(let answer):
            loaded.record.forgetLogins()
            let before = loaded.state
            do throws(StoreError) { try loaded.write(to: file, crypto: crypto) } catch {
                guard error.reason == .notWritable, mayHaveChanged(file, account, since: before) else { throw error }
                return ChangedRecord(answer, health, doubt: error)
            }
            var leftover: StoreError?
            do throws(StoreError) { try loaded.write(to: file, crypto: crypto) } catch { leftover = error }
            return ChangedRecord(answer, health, leftover: leftover)
        }
    }

    /// Whether the file, as everybody reads it now, has another state than `before`, though writing it has failed.
    private func mayHaveChanged(_ file: borrowing Descriptor, _ account: Account, since before: SlotState) -> Bool {
        do throws(StoreError) {
            return try LoadedRecord.read(file, account, in: self).state.generation != before.generation
        } catch {
            return true
        }
    }
}
