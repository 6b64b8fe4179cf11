internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// The login by a changed service that has worked: each success leaves in the record from where somebody came, and when.
enum LoginEvidence {
    /// - Returns: who came from where; nil where nobody has.
    static func login(for change: PendingChange) -> String? {
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
            for record in records {
                guard case .success(let found) = record.answer, let source = found ?? nil else { continue }
                let who = account(record.uid).map { printable(text($0.name)) } ?? "uid \(record.uid)"
                return "\(who), \(place(of: source))"
            }
            return nil
        } catch {
            return nil
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
