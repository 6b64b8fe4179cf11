internal import ArgumentParser
internal import Commands
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Look after the master key.",
        discussion: "EXAMPLE\n  twostep key rotate", subcommands: [KeyRotateCommand.self])
}

struct KeyRotateCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new master key and seal everything under it.",
        discussion: """
            People log in meanwhile. What was interrupted is taken up when it is run again.

            EXAMPLES
              twostep key rotate
              twostep key rotate --keep-old /root/twostep-key.old
            """)

    @Option(
        help: ArgumentHelp("Keep the old key in this new file, for the backups made until now.", valueName: "file"),
        completion: .file())
    var keepOld: String?
    @Flag(help: "End it though there are records that the old key alone opens (with --keep-old).") var abandon = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    /// The names are those of the JSON.
    private struct Rotated: Encodable {
        struct Left: Encodable {
            let name: String
            let error: String
        }

        let rotated: Bool
        let resumed: Bool
        var records = 0
        var left: [Left] = []
    }

    /// A directory that is down looks like accounts that are gone: what is given up must be had back.
    func validate() throws {
        if abandon, keepOld == nil { throw ValidationError("--abandon goes with --keep-old") }
    }

    func run(_ desk: Desk) throws {
        let key = text(desk.configuration.key)
        guard !desk.configuration.key.starts(with: "/run/".utf8) else {
            throw Failure(
                "the key \(key) is put there when the machine starts; nothing was changed",
                hint: "a new one would be gone after the next start: see twostep-key(1)", .configuration)
        }
        // Before anything is changed.
        let file = try keepOld.map { path throws(Failure) in try NewFile.make(path, option: "--keep-old") }
        let rotation = try start(desk, orRemove: file)
        logBegun(rotation, desk)
        if let file { try keep(rotation, in: file) }
        if rotation.isResumed, !json { try desk.say("Going on with a rotation that was begun.") }
        var (done, failed) = try resealAll(rotation, desk)
        let left = try stored(desk) { () throws(StoreError) in try rotation.remaining() }
        let names = Set(failed.map(\.name))
        failed += left.map(text).filter { !names.contains($0) }.map { Rotated.Left(name: $0, error: "other-key") }
        // Not before somebody has seen what it is about.
        let isOver = failed.isEmpty || abandon && rotation.isResumed
        if isOver { try stored(desk) { () throws(StoreError) in try rotation.finish() } }
        if isOver { logDone(done, left: failed.count, desk) }
        let result = Rotated(rotated: isOver, resumed: rotation.isResumed, records: done, left: failed)
        if json { try desk.sayJSON(result, isDone: true) } else { try tell(result, key, desk) }
        guard !isOver else { return }
        throw Failure(
            "\(failed.count) \(failed.count == 1 ? "file" : "files") in \(text(desk.configuration.store))/users "
                + "\(failed.count == 1 ? "is" : "are") still under the old key, which is kept",
            hint: "mend or remove them and run it again; or give them up with --abandon --keep-old FILE", .dataError)
    }

    // MARK: Steps

    private func stored<R: ~Copyable>(_ desk: Desk, _ body: () throws(StoreError) -> R) throws(Failure) -> R {
        do throws(StoreError) { return try body() } catch { throw Failure(error, site: desk.configuration) }
    }

    private func start(_ desk: Desk, orRemove file: NewFile?) throws(Failure) -> KeyRotation {
        do throws(StoreError) { return try KeyRotation.start(desk.configuration) } catch {
            remove(file)
            guard error.reason == .lockTimeout, error.cause.equals("init") else {
                throw Failure(error, site: desk.configuration)
            }
            throw Failure(
                "another rotation, or an init, is going on; nothing was changed", hint: "let it end", .unavailable)
        }
    }

    private func keep(_ rotation: borrowing KeyRotation, in file: NewFile) throws(Failure) {
        guard let old = rotation.copyOfOldKey() else { return remove(file) }
        do throws(Failure) { try file.append(old.bytes) } catch {
            remove(file)
            throw Failure(
                "\(file.name) cannot be written; the rotation is begun, and waits",
                hint: "make room, and run it again", .inputOutput)
        }
    }

    /// Takes away a file in which no key is.
    private func remove(_ file: NewFile?) { do throws(SystemError) { try file?.remove() } catch {} }

    /// - Returns: how many records are done, and what could not be.
    private func resealAll(
        _ rotation: borrowing KeyRotation, _ desk: Desk
    ) throws(Failure) -> (done: Int, left: [Rotated.Left]) {
        let files = try stored(desk) { () throws(StoreError) in try rotation.files() }
        try stored(desk) { () throws(StoreError) in try rotation.resealIndex() }
        var left: [Rotated.Left] = []
        for decoy in files.decoys {
            if let error = reseal(decoy, rotation, desk) {
                left.append(Rotated.Left(name: text(decoy.name), error: error))
            }
        }
        let accounts = try AccountDirectory(expecting: files.uids.count)
        let progress = Progress("records", of: files.uids.count, quiet: json)
        var done = 0
        for uid in files.uids {
            let account = try accounts.account(uid: uid)
            let error = account.map { reseal($0, rotation, desk) } ?? "no-account"
            if let error { left.append(Rotated.Left(name: "\(uid)", error: error)) } else { done += 1 }
            progress.step()
        }
        progress.end()
        return (done, left)
    }

    /// What is against it; nil where it is done.
    private func reseal(_ account: Account, _ rotation: borrowing KeyRotation, _ desk: Desk) -> String? {
        do throws(StoreError) {
            if try rotation.reseal(account, rules: desk.configuration.rules, now: wallClock) == .mended {
                EventLine.slotDamaged(account).log()
            }
            return nil
        } catch {
            return "\(error.reason.text)"
        }
    }

    // MARK: Words

    private func logBegun(_ rotation: borrowing KeyRotation, _ desk: Desk) {
        if !rotation.isResumed { ToolEvent(.keyRotationBegun, desk).log() }
    }

    private func logDone(_ records: Int, left: Int, _ desk: Desk) {
        var event = ToolEvent(.keyRotated, desk)
        event.add("records", [UInt8](decimal: Int64(records)))
        if left > 0 { event.add("abandoned", [UInt8](decimal: Int64(left))) }
        event.log()
    }

    private func tell(_ result: Rotated, _ key: String, _ desk: Desk) throws {
        for file in result.left { try desk.say("\(printable(file.name)): \(file.error)", isDone: true) }
        try desk.say("records under the new key: \(result.records)", isDone: true)
        guard result.rotated else { return }
        try desk.say("The key \(key) is a new one, and the old one is removed.", isDone: true)
        try desk.say("Keep a copy of the new key apart from the store's backup.", isDone: true)
        try desk.say(
            "Backups of the store that were made until now open with the old key only:", isDone: true)
        try desk.say(keepOld.map { "it is in \(printable($0))." } ?? "keep your copy of it with them.", isDone: true)
    }
}
