internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// Whether a login by a changed service has worked: each success leaves in the record from where somebody came, and when.
enum LoginEvidence {
    static func isThere(for change: PendingChange) -> Bool {
        let path = Array(change.configuration.utf8)
        do throws(StoreError) {
            let configuration = try readConfiguration(at: path, isDefault: path.equals(Configuration.defaultPath))
            var store = Store(configuration)
            let records = try store.withOpen { (store) throws(StoreError) in
                try store.inspectRecords(accountOf: account) { record, _ in
                    record.throttle.sources.contains {
                        $0.lastSuccess >= change.made && PendingChange.isEvidence(kind($0.source), for: change.service)
                    }
                }
            }
            return records.contains {
                guard case .success(let isEvidence) = $0.answer else { return false }
                return isEvidence == true
            }
        } catch {
            return false
        }
    }

    private static func account(_ uid: UInt32) -> Account? {
        do throws(SystemError) { return try PasswordEntry.withUID(uid).map { Account(uid: uid, name: $0.name) } } catch
        {
            return nil
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
