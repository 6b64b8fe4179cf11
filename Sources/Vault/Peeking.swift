internal import Crypto
internal import Linux
package import TwostepCore

/// Reading one record without its lock: what it says may be old a moment later.
extension OpenStore {
    /// Reads a record.
    ///
    /// - Returns: nil where it is proven that there is none.
    package func peek<R>(_ account: Account, _ body: (borrowing Record) -> R) throws(StoreError) -> R? {
        guard let loaded = try load(account) else {
            try proveAbsent(account)
            return nil
        }
        return body(loaded.record)
    }

    /// Reads a record without its lock, or for as long a decoy in place of one that is not there.
    ///
    /// - Returns: nil where there is none, which is not proven.
    package func peekAlike<R>(_ subject: LoginSubject, _ body: (borrowing Record) -> R) throws(StoreError) -> R? {
        if let account = subject.account, let loaded = try load(account) { return body(loaded.record) }
        let decoy = try Decoys.account(for: subject.name, key: keys.current, crypto: crypto)
        if let loaded = try load(decoy) { _ = body(loaded.record) }
        return nil
    }

    /// Reads, without a lock, how the account stands.
    package func standing(of account: Account) throws(StoreError) -> Standing {
        guard let loaded = try load(account) else {
            try proveAbsent(account)
            return .unenrolled
        }
        switch loaded.record.state {
        // What a damaged slot might have said proves nothing.
        case .pending where loaded.state.health == .sound: return .unenrolled
        case .mustReenrol: return .mustReenrol
        default: return .enrolled
        }
    }

    /// Reads a record without its lock; nil where there is no file.
    func load(_ account: Account) throws(StoreError) -> LoadedRecord? {
        guard let file = try RecordFile.open(account, in: users, .read) else { return nil }
        return try LoadedRecord.read(file, account, in: self)
    }
}
