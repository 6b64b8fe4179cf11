internal import Linux
package import TwostepCore

/// The accounts that a command over many people looks up.
///
/// One look-up goes through the whole of `/etc/passwd`; for many people the accounts are enumerated once instead. Whom
/// the name service does not enumerate, as a directory service may be told, is looked up as ever.
package final class AccountDirectory {
    /// From how many look-ups on it is quicker to enumerate.
    private static let manyAre = 50

    private var names: [UInt32: [UInt8]] = [:]
    private var uids: [[UInt8]: UInt32] = [:]

    /// - Parameter count: how many look-ups are to be expected.
    package init(expecting count: Int) throws(Failure) {
        guard count >= AccountDirectory.manyAre else { return }
        do throws(SystemError) {
            for (entry, _) in try PasswordEntry.all() { add(entry) }
        } catch {
            throw AccountDirectory.unavailable(error)
        }
    }

    /// Of two entries for one name or uid the first counts, as for getpwnam(3).
    private func add(_ entry: PasswordEntry) {
        if names[entry.uid] == nil { names[entry.uid] = entry.name }
        if uids[entry.name] == nil { uids[entry.name] = entry.uid }
    }

    /// The account of a uid; nil where there is none.
    package func account(uid: UInt32) throws(Failure) -> Account? {
        if let name = names[uid] { return Account(uid: uid, name: name) }
        do throws(SystemError) {
            guard let entry = try PasswordEntry.withUID(uid) else { return nil }
            return Account(uid: uid, name: entry.name)
        } catch {
            throw AccountDirectory.unavailable(error)
        }
    }

    /// The account of a name; nil where there is none.
    package func account(name: [UInt8]) throws(Failure) -> Account? {
        if let uid = uids[name] { return Account(uid: uid, name: name) }
        do throws(SystemError) {
            guard let entry = try PasswordEntry.named(name) else { return nil }
            return Account(uid: entry.uid, name: entry.name)
        } catch {
            throw AccountDirectory.unavailable(error)
        }
    }

    private static func unavailable(_ error: SystemError) -> Failure {
        Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
    }
}
