// Nothing of it is in the module.
#if !hasFeature(Embedded)
    package import Crypto
    package import TwostepCore

    /// A store in which a login changes nothing: records are read without their locks, judged on a copy in memory, and
    /// that is forgotten. For `twostep explain`.
    package struct Preview: ~Copyable, CredentialStore {
        private var store: Store

        package init(_ configuration: Configuration) { store = Store(configuration) }

        /// The security keys that an account has registered; none where that cannot be read.
        package mutating func securityKeys(of account: Account) -> [SecurityKey] {
            do throws(StoreError) {
                return try store.withOpen { (store) throws(StoreError) in
                    try store.peek(account) { $0.securityKeys } ?? []
                }
            } catch {
                return []
            }
        }

        /// Until when a recovery code counts that was given out, in seconds since the epoch; nil where none does, or that
        /// cannot be read.
        package mutating func recoveryUntil(of account: Account, now: Int64) -> Int64? {
            do throws(StoreError) {
                let found: Int64?? = try store.withOpen { (store) throws(StoreError) in
                    try store.peek(account) { $0.recoveryUntil(at: now) }
                }
                return found ?? nil
            } catch {
                return nil
            }
        }

        package mutating func standing(of account: Account) throws(StoreError) -> Standing {
            try store.standing(of: account)
        }

        package mutating func hasSecurityKey(_ publicKey: [UInt8], _ account: Account) throws(StoreError) -> Bool {
            try store.hasSecurityKey(publicKey, account)
        }

        package mutating func recall(
            _ login: RecurringLogin, of subject: LoginSubject
        ) throws(StoreError) -> Recalled { try store.recall(login, of: subject) }

        package mutating func closedUntil(
            _ account: Account, from source: Source?, rules: VerificationRules, now: Int64
        ) throws(StoreError) -> Int64? {
            try store.closedUntil(account, from: source, rules: rules, now: now)
        }

        package mutating func backupSetting(of subject: LoginSubject) throws(StoreError) -> [UInt8] {
            try store.backupSetting(of: subject)
        }

        package mutating func update(
            _ subject: LoginSubject,
            _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
        ) throws(StoreError) -> Updated {
            try store.withOpen { (store) throws(StoreError) in
                if let account = subject.account {
                    if let update = try store.preview(account, body) { return Updated(update.verdict, isDecoy: false) }
                    try store.proveAbsent(account)
                }
                let decoy = try Decoys.account(for: subject.name, key: store.keys.current, crypto: store.crypto)
                guard let update = try store.preview(decoy, body) else {
                    throw StoreError(.recordMissing, cause: "decoy")
                }
                return Updated(update.verdict, isDecoy: true)
            }
        }
    }

    extension OpenStore {
        /// Hands a copy of the record to `body`, and forgets it; nil where there is no record file.
        fileprivate func preview(
            _ account: Account,
            _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
        ) throws(StoreError) -> RecordUpdate? {
            guard var loaded = try load(account) else { return nil }
            do throws(CryptoError) { return try body(&loaded.record, loaded.state.health, crypto) } catch {
                throw StoreError(.cryptoUnavailable)
            }
        }
    }
#endif
