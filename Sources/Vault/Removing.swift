internal import Linux
package import TwostepCore

/// Removing records: for the tool and the service; no login does any of it.
extension OpenStore {
    /// Removes the record of an account, if it is still the one that was meant.
    ///
    /// The record goes before the index forgets it: were this process killed in between, the account would be refused, not
    /// passed, until it enrols again.
    ///
    /// - Parameter isMeant: looks at the record under its lock.
    /// - Returns: false where it is another one by now, or none; nothing was changed then.
    package func remove(_ account: Account, if isMeant: (borrowing Record) -> Bool) throws(StoreError) -> Bool {
        let lock = try lockStore()
        defer { withExtendedLifetime(lock) {} }
        // Marker and index must be whole, or what follows would be done by half.
        let left = try enrolledUIDs().filter { $0 != account.uid }
        let id = try storeID()
        guard let file = try RecordFile.openLocked(account, in: users) else { return false }
        let loaded = try LoadedRecord.read(file, account, key: key, crypto: crypto)
        guard isMeant(loaded.record) else { return false }
        do throws(SystemError) {
            try users.remove(RecordFile.name(of: account))
            try users.sync()
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
        try writeIndex(left, storeID: id)
        return true
    }
}
