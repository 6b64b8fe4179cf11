internal import Commands
internal import Crypto
internal import FoundationEssentials
internal import Import
internal import Linux
internal import TwostepCore
internal import Vault

/// Taking users over: everything is looked at first, then everything is written, one user after the other.
struct Importing {
    /// What the log calls the files.
    let source: StaticString
    let options: ImportOptions
    let desk: Desk
    /// Accounts without a file; nil where one was named.
    var withoutFile: Int?

    func run(_ users: [ImportedUser]) throws {
        if options.backupCodes != nil, desk.configuration.backupCodes == 0 {
            throw Failure(
                "this site gives no backup codes", hint: "set backup_codes, or leave --backup-codes away",
                .configuration)
        }
        try check(users)
        if !options.dryRun { try store(users.filter { $0.failure == nil }) }
        if users.count == 1, let failure = users[0].failure { throw failure }
        try tell(users)
    }

    // MARK: Before

    private func check(_ users: [ImportedUser]) throws {
        let accounts = try AccountDirectory(expecting: users.count)
        var uids: Set<UInt32> = []
        for user in users {
            do throws(Failure) { user.account = try account(of: user, accounts, &uids) } catch { user.failure = error }
        }
        try desk.withStore { (store) throws(StoreError) in
            // A store that cannot be used is nobody's fault.
            _ = try store.enrolledUIDs()
            for user in users {
                guard user.failure == nil, let account = user.account, try store.hasFile(account) else { continue }
                user.isEnrolled = try store.isEnrolled(account)
                user.isBegun = !user.isEnrolled
            }
        }
        for user in users where user.isEnrolled {
            do { try checkIsReplaceable(user) } catch let failure as Failure { user.failure = failure }
        }
    }

    private func account(
        of user: ImportedUser, _ accounts: AccountDirectory, _ uids: inout Set<UInt32>
    ) throws(Failure) -> Account {
        let name = printable(text(user.name))
        if let problem = user.problem ?? user.foreign.problem {
            throw Failure(
                "\(name) cannot be imported: \(problem.message)",
                hint: "correct the file, or enrol with: twostep enroll \(name)", .dataError)
        }
        guard let account = try accounts.account(name: user.name) else { throw Failure.noSuchUser(text(user.name)) }
        guard uids.insert(account.uid).inserted else {
            throw Failure.uidTwice(account.uid)
        }
        return account
    }

    private func checkIsReplaceable(_ user: ImportedUser) throws {
        guard let account = user.account else { return }
        guard options.replace else {
            throw Failure(
                "\(printable(text(user.name))) is already enrolled",
                hint: "--replace puts the imported tokens in place of the present ones", .cannotCreate)
        }
        try lookAtRecord(account, desk) { (record) throws(Failure) in try record.checkIsActive(account) }
    }

    // MARK: Storing

    private func store(_ users: [ImportedUser]) throws {
        guard !users.isEmpty else { return }
        let file = try giveBackupCodes(users)
        let progress = Progress("users", of: users.count, quiet: options.json)
        // First written, then stored, as `enroll --provision` does.
        var batch = RecordBatch<ImportedUser>(desk) { try file?.write() }
        for user in users {
            do {
                let hashes = try hashes(user)
                keep(codesOf: user, in: file)
                if user.isEnrolled || user.isBegun {
                    try file?.write()
                    try store(user, hashes)
                    finish(user, nil)
                } else if let record = try newRecord(user, hashes) {
                    try batch.add(record, user, finish)
                }
            } catch let failure as Failure {
                user.failure = failure
            }
            progress.step()
        }
        try batch.store(finish)
        progress.end()
    }

    /// Makes everybody's codes, and prints them where no file is to have them.
    ///
    /// - Returns: the file that they are to be written to; nil for none.
    private func giveBackupCodes(_ users: [ImportedUser]) throws -> CodesFile? {
        guard let path = options.backupCodes else { return nil }
        let file = path == "-" ? nil : try CodesFile(path)
        for user in users {
            let codes = try NewBackupCodes(count: desk.configuration.backupCodes)
            if file == nil { try desk.say(line(user, codes)) }
            user.codes = consume codes
        }
        return file
    }

    private func keep(codesOf user: ImportedUser, in file: CodesFile?) {
        switch user.codes {
        case .some(let codes): file?.add(line(user, codes))
        case .none: break
        }
    }

    private func line(_ user: ImportedUser, _ codes: borrowing NewBackupCodes) -> String {
        "\(text(user.account?.name ?? user.name)): \(codes.shown.joined(separator: " "))"
    }

    private func hashes(_ user: ImportedUser) throws -> BackupCodeSet? {
        switch user.codes {
        case .some(let codes): try codes.hashes(cost: desk.configuration.bcryptCost)
        case .none: nil
        }
    }

    /// One who has a record already, if only one that was begun.
    private func store(_ user: ImportedUser, _ hashes: BackupCodeSet?) throws {
        guard let account = user.account else { return }
        if user.isEnrolled { return try replaceTokens(of: account, user.foreign.tokens, hashes) }
        let record = try record(user.foreign.tokens, hashes)
        var problem: EnrolmentError?
        try desk.withStore { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(account, record) } catch { problem = error }
        }
        if let problem { throw Failure(problem, account, desk) }
    }

    private func newRecord(_ user: ImportedUser, _ hashes: BackupCodeSet?) throws -> NewRecord? {
        guard let account = user.account else { return nil }
        guard let new = NewRecord(account, try record(user.foreign.tokens, hashes)) else {
            throw Failure(StoreError(.recordFull), site: desk.configuration)
        }
        return new
    }

    private func record(_ tokens: [ForeignToken], _ codes: BackupCodeSet?) throws -> Record {
        let now = try desk.readClock()
        var record = Record(state: .active, confirmed: false, created: now, changed: now)
        for token in tokens { try record.take(token, id: record.nextTokenID, floor: token.floor, now: now) }
        if let codes { record.backupCodes = codes }
        return record
    }

    /// What became of one who was to be stored.
    private func finish(_ user: ImportedUser, _ failure: Failure?) {
        user.failure = failure
        user.isImported = failure == nil
        guard failure == nil, let account = user.account else { return }
        var event = ToolEvent(user.isEnrolled ? .tokensReplaced : .enrolled, account, desk)
        if !user.isEnrolled { event.add("provisioned", "yes") }
        event.add("from", source)
        event.log()
    }

    /// Puts tokens in place of those that there are. Everything else stays: what was spent of a token that comes again,
    /// security keys, guesses, and the backup codes unless there are new ones.
    private func replaceTokens(of account: Account, _ tokens: [ForeignToken], _ codes: BackupCodeSet?) throws {
        try changeRecord(account, desk) { (record, now, _) throws(Failure) in
            try record.checkIsActive(account)
            let floors = tokens.map { record.floor(for: $0) }
            let cautious = record.cautious
            var id = record.nextTokenID
            for old in record.tokens { _ = record.removeToken(id: old.id) }
            for (token, floor) in zip(tokens, floors) {
                try record.take(token, id: id, floor: floor, now: now)
                id += 1
            }
            if record.tokens.contains(where: { $0.kind == .totp }) { record.cautious = cautious }
            if let codes { record.backupCodes = codes }
        }
    }

    // MARK: After

    private func tell(_ users: [ImportedUser]) throws {
        var report = ImportReport(dryRun: options.dryRun, withoutFile: withoutFile)
        for user in users {
            let outcome = user.failure != nil ? "failed" : user.isImported ? "imported" : "ready"
            let good = user.failure == nil
            report.users.append(
                ImportReport.User(
                    user: text(user.account?.name ?? user.name), outcome: outcome,
                    carriedOver: good ? user.foreign.carriedOver.map(line) : [],
                    notCarriedOver: good ? user.foreign.notCarriedOver.map(line) : [], error: user.failure?.message))
        }
        let changed = users.contains { $0.isImported }
        if options.json {
            try desk.sayJSON(report, isDone: changed)
        } else {
            for line in report.lines { try desk.say(line, isDone: changed) }
        }
        guard let first = users.first(where: { $0.failure != nil })?.failure else { return }
        throw Failure(
            "\(report.count("failed")) of \(users.count) users could not be imported",
            hint: "the report says why; nothing was changed for them", first.status)
    }

    private func line(_ note: Note) -> ImportReport.Line { ImportReport.Line(name: note.name, text: note.text) }
}
