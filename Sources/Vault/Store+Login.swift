package import Crypto
internal import Linux
package import TwostepCore

/// What a login asks of the store.
extension Store: CredentialStore {
    package mutating func standing(of account: Account) throws(StoreError) -> Standing {
        // Opened for this look alone: the person is asked next, and everything is opened anew after they have answered.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in try store.standing(of: account) }
    }

    package mutating func hasSecurityKey(_ publicKey: [UInt8], _ account: Account) throws(StoreError) -> Bool {
        guard let loaded = try look(at: account) else { return false }
        return loaded.record.hasSecurityKey(publicKey)
    }

    @inline(never)
    package mutating func recall(_ login: RecurringLogin, of subject: LoginSubject) throws(StoreError) -> Recalled {
        // As above.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in
            let mark = try store.mark(of: login)
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            do throws(StoreError) { _ = try RecordFile.open(decoy, in: store.users, .read) } catch {}
            for account in [subject.account ?? Decoys.accountWithoutRecord, decoy] {
                guard let loaded = try store.load(account) else { continue }
                let isRemembered = loaded.record.remembers(login, as: mark, loaded.state.health)
                return Recalled(mark, isRemembered: isRemembered && account != decoy)
            }
            return Recalled(mark, isRemembered: false)
        }
    }

    package mutating func closedUntil(
        _ account: Account, from source: Source?, rules: VerificationRules, now: Int64
    ) throws(StoreError) -> Int64? {
        guard let loaded = try look(at: account) else { return nil }
        return loaded.record.closedUntil(from: source, rules: rules, now: now)
    }

    /// Reads the account's record without its lock; nil where there is no file.
    @inline(never)
    private mutating func look(at account: Account) throws(StoreError) -> LoadedRecord? {
        // As above.
        defer { close() }
        return try withOpen { (store) throws(StoreError) in try store.load(account) }
    }

    package mutating func backupSetting(of subject: LoginSubject) throws(StoreError) -> [UInt8] {
        try withOpen { (store) throws(StoreError) in
            if let account = subject.account, let loaded = try store.load(account) {
                let setting = loaded.record.backupCodes.setting
                if !setting.isEmpty { return setting }
            }
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            guard let loaded = try store.load(decoy) else { throw StoreError(.recordMissing, cause: "decoy") }
            return loaded.record.backupCodes.setting
        }
    }

    package mutating func update(
        _ subject: LoginSubject,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> Updated {
        // With `tries` somebody may be asked again: nothing stays open meanwhile (law 6).
        defer { close() }
        return try withOpen { (store) throws(StoreError) in
            // Whoever is refused costs the same, to the last file that is opened: their own record or none, a decoy, and
            // what proves an absence. What that says about somebody who has a record decides nothing.
            if let update = try store.update(subject.account ?? Decoys.accountWithoutRecord, body) {
                if case .refused = update.verdict {
                    let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
                    do throws(StoreError) { _ = try RecordFile.open(decoy, in: store.users, .readWrite) } catch {}
                    store.spendTimeOfProof()
                }
                return Updated(update.verdict, isDecoy: false)
            }
            let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
            guard let update = try store.update(decoy, body) else { throw StoreError(.recordMissing, cause: "decoy") }
            switch subject.account {
            case .some(let account): try store.proveAbsent(account)
            // A name that no account has is absent anyway.
            case .none: store.spendTimeOfProof()
            }
            return Updated(update.verdict, isDecoy: true)
        }
    }
}

extension OpenStore {
    /// What stands for a login in a record: a hash under the master key.
    fileprivate func mark(of login: RecurringLogin) throws(StoreError) -> RememberedLogin.Mark {
        let hash = try keys.current.hash([UInt8](text: "twostep remembered login v1") + login.text, crypto)
        return RememberedLogin.Mark(high: bigEndian(hash.span, at: 0), low: bigEndian(hash.span, at: 8))
    }

    /// Reads a record under its lock, hands it to `body` and writes it back; the lock is gone when this returns.
    ///
    /// - Returns: nil where there is no record file.
    package func update(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> RecordUpdate? {
        guard let file = try RecordFile.openLocked(account, in: users) else { return nil }
        var loaded = try LoadedRecord.read(file, account, in: self)
        let update: RecordUpdate
        do throws(CryptoError) {
            update = try body(&loaded.record, loaded.state.health, crypto)
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
        try loaded.write(to: file, crypto: crypto)
        if update.inBothSlots { try loaded.write(to: file, crypto: crypto) }
        return update
    }
}
