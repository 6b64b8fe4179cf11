internal import Linux
package import TwostepCore

/// What came of removing a record.
package enum Removal: Equatable, Sendable {
    case done
    /// It is another one by now, or none; nothing was changed.
    case notMeant
    /// It is gone, or may be, and the disk has not said that it is for good.
    case doubt(StoreError)
}

/// Removing records: for the tool and the service; no login does any of it.
extension OpenStore {
    /// Removes the record of an account, if it is still the one that was meant.
    ///
    /// The record goes before the index forgets it: were this process killed in between, the account would be refused, not
    /// passed, until it enrols again.
    ///
    /// - Parameter isMeant: looks at the record under its lock.
    /// - Throws: where nothing was changed.
    package func remove(_ account: Account, if isMeant: (borrowing Record) -> Bool) throws(StoreError) -> Removal {
        let lock = try lockStore()
        defer { withExtendedLifetime(lock) {} }
        // Marker and index must be whole, or what follows would be done by half.
        let left = try enrolledUIDs().filter { $0 != account.uid }
        let id = try storeID()
        let keys = try readKeys()
        guard let file = try RecordFile.openLocked(account, in: users) else { return .notMeant }
        let loaded = try LoadedRecord.read(file, account, in: self)
        guard isMeant(loaded.record) else { return .notMeant }
        do throws(SystemError) { try users.remove(RecordFile.name(of: account)) } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
        do throws(SystemError) { try users.sync() } catch {
            return .doubt(StoreError(.notWritable, cause: error.name))
        }
        do throws(StoreError) { try writeIndex(left, storeID: id, key: keys.current) } catch { return .doubt(error) }
        return .done
    }
}
