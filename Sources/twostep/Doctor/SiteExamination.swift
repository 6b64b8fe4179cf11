internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Vault

/// One configuration, and the key, the store and the records that it names.
struct SiteExamination {
    let path: [UInt8]
    /// The file as text; empty where it cannot be read.
    let quoted: QuotedConfiguration
    /// Nil where the file cannot be used.
    let configuration: Configuration?
    private var found: [Finding] = []
    private var look = StoreLook()

    /// Who has a record, as far as they have accounts.
    var users: [String] { look.entries.compactMap(\.user) }
    /// Whether anybody has a record.
    var hasRecords: Bool { !look.entries.isEmpty }

    private var place: String { text(path) }

    init(_ path: [UInt8]) {
        self.path = path
        quoted = SiteExamination.quoted(path)
        do throws(StoreError) {
            let isDefault = path.equals(Configuration.defaultPath)
            configuration = try readConfiguration(at: path, isDefault: isDefault)
        } catch {
            configuration = nil
            found = [StoreJudge.finding(error, Configuration(), configurationPath: text(path))]
        }
        if let configuration { examine(configuration) }
    }

    private static func quoted(_ path: [UInt8]) -> QuotedConfiguration {
        do throws(StoreError) {
            let content = try readConfigurationText(at: path, isDefault: path.equals(Configuration.defaultPath))
            return QuotedConfiguration(path: text(path), text: content)
        } catch {
            return QuotedConfiguration(path: text(path), text: [])
        }
    }

    func findings(_ pam: PAMSite) -> [Finding] {
        guard let configuration else { return found }
        let other = look.entries.filter { $0.digits.contains { $0 != configuration.digits } }.compactMap(\.user)
        let recovery = RecoveryLook(at: path)
        let judge = RecoveryJudge(
            invalid: recovery.invalid, isByEmail: recovery.isByEmail, sendsMail: recovery.sendsMail,
            questions: recovery.questions, isTold: recovery.isTold)
        return found + judge.judge(at: Place(place)) + PolicyJudge.judge(configuration, quoted, pam)
            + ConfigurationJudge.judge(configuration, at: Place(place), pam, otherDigits: other)
    }

    private mutating func examine(_ configuration: Configuration) {
        if configuration.key.starts(with: configuration.store + [UInt8(ascii: "/")]) {
            found.append(
                Finding(
                    .keyInStore, "the key lies in the store: every backup of the records can be read",
                    at: Place(text(configuration.key)), cure: "move it, and say so: key, in twostep.conf(5)"))
        }
        found += policy(configuration)
        var store = Store(configuration)
        do throws(StoreError) {
            let seen = try store.withOpen { (store) throws(StoreError) in try SiteExamination.look(at: store) }
            look = seen.look
            found += StoreJudge.judge(look, configuration, configurationPath: place)
            found += seen.disk.findings(text(configuration.store))
            if seen.accountsFailed {
                found.append(
                    Finding(
                        .accountsUnavailable, "the system's accounts cannot be read: logins fail",
                        cure: "getent passwd; look at nsswitch.conf, sssd, nslcd"))
            }
        } catch {
            found.append(StoreJudge.finding(error, configuration, configurationPath: place))
        }
    }

    private struct Seen {
        var look: StoreLook
        let disk: Disk
        var accountsFailed = false
    }

    private static func look(at store: borrowing OpenStore) throws(StoreError) -> Seen {
        let system = try store.fileSystem(trying: true)
        let disk = Disk(
            kind: system.kind, isReadOnly: system.isReadOnly, free: system.free, isNotCopied: system.isNotCopied,
            moves: system.moves)
        var seen = Seen(look: StoreLook(), disk: disk)
        seen.look.troubles = store.inspectFiles()
        seen.look.decoysMissing = store.missingDecoys()
        seen.look.strays = try store.strays().map { text($0) }
        let now = wallClock() ?? 0
        var names: [UInt32: [UInt8]] = [:]
        var failed = false
        let records = try store.inspectRecords { uid -> Account? in
            do throws(SystemError) {
                guard let entry = try PasswordEntry.withUID(uid) else { return nil }
                names[uid] = entry.name
                return Account(uid: uid, name: entry.name)
            } catch {
                failed = true
                return nil
            }
        } _: { record, health in
            RecordLook(record, health, now: now)
        }
        seen.accountsFailed = failed
        seen.look.entries = failed ? [] : records.map { entry($0, names[$0.uid], hasIndex: seen.look.troubles.isEmpty) }
        return seen
    }

    /// What is taken from a record: nothing secret.
    private struct RecordLook {
        let isDamaged: Bool
        let aheadUntil: [String]
        let digits: [Int]

        init(_ record: borrowing Record, _ health: RecordHealth, now: Int64) {
            isDamaged = health != .sound
            var ahead: [String] = []
            var digits: [Int] = []
            for index in record.tokensAhead(now: now) {
                let token = record.tokens[index]
                ahead.append(utc(token.floor * Int64(token.period)))
            }
            for token in record.tokens { digits.append(token.digits) }
            aheadUntil = ahead
            self.digits = digits
        }
    }

    private static func entry(
        _ record: InspectedRecord<RecordLook?>, _ name: [UInt8]?, hasIndex: Bool
    ) -> StoreLook.Entry {
        let user = name.map { text($0) }
        switch record.answer {
        case .failure(let error): return StoreLook.Entry(uid: record.uid, user: user, problem: error)
        case .success(let look):
            return StoreLook.Entry(
                uid: record.uid, user: user, isInIndex: record.isInIndex || !hasIndex,
                isDamaged: look?.isDamaged ?? false, aheadUntil: look?.aheadUntil ?? [], digits: look?.digits ?? [])
        }
    }
}
