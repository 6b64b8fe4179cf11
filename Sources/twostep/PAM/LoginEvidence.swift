internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// The login by a changed service that has worked, later than the change. Two witnesses must agree: the record, in which
/// each success leaves from where somebody came, and when; and the log, which says by which service. Anybody on the machine
/// can write such a line into the log, and nobody but root into a record.
struct LoginEvidence {
    let log: LoggedLogins

    /// - Returns: who came from where; nil where nobody has.
    /// - Throws: where the log cannot be read.
    func login(for change: PendingChange) throws -> String? {
        let seen = LoginEvidence.successes(since: change)
        guard !seen.isEmpty else { return nil }
        let users = try log.users(of: change.service, after: change.made)
        guard let login = seen.first(where: { users.contains(text($0.account.name)) }) else { return nil }
        return "\(printable(text(login.account.name))), \(LoginEvidence.place(of: login.source))"
    }

    /// Who has got in since, by their records, from where the service's logins come.
    private static func successes(since change: PendingChange) -> [(account: Account, source: Source)] {
        let path = Array(change.configuration.utf8)
        do throws(StoreError) {
            let configuration = try readConfiguration(at: path, isDefault: path.equals(Configuration.defaultPath))
            var store = Store(configuration)
            let records = try store.withOpen { (store) throws(StoreError) in
                try store.inspectRecords(accountOf: account) { record, _ in
                    record.throttle.sources.first {
                        $0.lastSuccess > change.made && PendingChange.isEvidence(kind($0.source), for: change.service)
                    }?.source
                }
            }
            return records.compactMap { record in
                guard case .success(let found) = record.answer, let source = found ?? nil,
                    let account = account(record.uid)
                else { return nil }
                return (account, source)
            }
        } catch {
            return []
        }
    }

    private static func account(_ uid: UInt32) -> Account? {
        do throws(SystemError) { return try PasswordEntry.withUID(uid).map { Account(uid: uid, name: $0.name) } } catch
        {
            return nil
        }
    }

    private static func place(of source: Source) -> String {
        switch source.kind {
        case .address: "from " + (0..<4).map { String(source.number >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        case .network where source.number == 0: "from ::/64"
        case .network:
            "from "
                + (0..<4).map { String(source.number >> (48 - 16 * $0) & 0xFFFF, radix: 16) }.joined(separator: ":")
                + "::/64"
        case .uid: "by a program of uid \(source.number)"
        case .console: "at a terminal of this machine"
        }
    }

    private static func kind(_ source: Source) -> PendingChange.EvidenceKind {
        switch source.kind {
        case .address, .network: .network
        case .uid: .user
        case .console: .console
        }
    }
}
