internal import Commands
internal import Doctor
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// The changes to /etc/pam.d that wait for their confirmation, and what was there before: `/etc/twostep/pam`. Beside each
/// `SERVICE.pending` lies the file as it was, `SERVICE.old`, and as it was made, `SERVICE.new`.
struct PendingChanges: ~Copyable {
    static let path = "/etc/twostep/pam"
    static let services = "/etc/pam.d"

    private let folder: Descriptor
    private let pam: Descriptor
    private let lock: Descriptor

    /// Opens the folder and takes its lock; makes it where it is missing.
    static func open() throws(Failure) -> PendingChanges {
        do throws(PathProblem) { return try openFolders() } catch {
            throw Failure(
                "\(path) cannot be used", hint: "root's alone, no links: namei -lx \(path)", .configuration)
        }
    }

    private static func openFolders() throws(PathProblem) -> PendingChanges {
        let pam = try Descriptor.walk(to: Array(services.utf8), .unchangeable)
        let etc = try Descriptor.walk(to: Array("/etc".utf8), .unchangeable)
        try make("twostep", in: etc)
        let twostep = try Descriptor.walk(to: Array("/etc/twostep".utf8), .unchangeable)
        try make("pam", in: twostep)
        let folder = try Descriptor.walk(to: Array(path.utf8), .unchangeable)
        let lock = try takeLock(folder)
        return PendingChanges(folder: folder, pam: pam, lock: lock)
    }

    private static func make(_ name: String, in folder: borrowing Descriptor) throws(PathProblem) {
        do throws(SystemError) { try folder.makeFolder(Array(name.utf8), mode: 0o755) } catch {
            guard error == .exists else { throw .system(error) }
        }
    }

    private static func takeLock(_ folder: borrowing Descriptor) throws(PathProblem) -> Descriptor {
        do throws(SystemError) {
            do throws(SystemError) { _ = try folder.open(Array(".lock".utf8), .create(mode: 0o600)) } catch {
                guard error == .exists else { throw error }
            }
            let lock = try folder.open(Array(".lock".utf8), .readWrite)
            try lock.lock(waitingAtMost: 10_000)
            return lock
        } catch {
            throw .system(error)
        }
    }

    /// Every change that waits, by service. That they cannot be read is no sign that none waits.
    func all() throws(Failure) -> [PendingChange] {
        do throws(SystemError) { return try PendingChanges.seen() } catch {
            throw Failure(
                "the changes that wait cannot be read (\(text(error.name)))", hint: "look at \(PendingChanges.path)",
                .inputOutput)
        }
    }

    /// The same for who only looks.
    static func seen() throws(SystemError) -> [PendingChange] {
        let names: [[UInt8]]
        do throws(SystemError) { names = try Look.names(in: Array(path.utf8)) } catch {
            guard error == .noEntry else { throw error }
            return []
        }
        var changes: [PendingChange] = []
        // What begins with a dot was being written by a run that was killed.
        for name in names.map({ text($0) }).sorted() where name.hasSuffix(".pending") && !name.hasPrefix(".") {
            guard let bytes = try read(name) else { continue }
            changes.append(PendingChange(text: text(bytes)) ?? .unreadable(String(name.dropLast(".pending".count))))
        }
        return changes
    }

    func change(of service: String) throws(Failure) -> PendingChange? { try all().first { $0.service == service } }

    private func read(_ name: String) throws(SystemError) -> [UInt8]? { try PendingChanges.read(name) }

    private static func read(_ name: String) throws(SystemError) -> [UInt8]? { try contents("\(path)/\(name)") }

    /// - Returns: nil where there is no such file, and only then.
    private static func contents(_ path: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) { return try Look.file(at: Array(path.utf8)) } catch {
            guard error == .noEntry else { throw error }
            return nil
        }
    }

    /// What was there before the change that waits; nil where there was no file.
    func kept(of service: String) throws(SystemError) -> [UInt8]? { try read("\(service).old") }

    static func current(_ service: String) throws(SystemError) -> [UInt8]? { try contents("\(services)/\(service)") }

    /// Notes a change, before it is made.
    func note(_ change: PendingChange, old: [UInt8], new: [UInt8]) throws(SystemError) {
        let name = change.service
        try keep(name, old, hadFile: change.hadFile)
        try folder.replaceFile(Array("\(name).new".utf8), with: new.span, mode: 0o600)
        try write(change)
    }

    private func write(_ change: PendingChange) throws(SystemError) {
        let text = Array(change.text.utf8)
        try folder.replaceFile(Array("\(change.service).pending".utf8), with: text.span, mode: 0o600)
    }

    /// Keeps the file itself, so that putting it back takes no room on the disk and restores owner and mode; where that
    /// cannot be, its contents. Never while a change waits, which needs what it kept.
    func keep(_ service: String, _ old: [UInt8], hadFile: Bool) throws(SystemError) {
        let name = Array("\(service).old".utf8)
        remove("\(service).old")
        guard hadFile else { return }
        do throws(SystemError) { try pam.link(Array(service.utf8), into: folder, as: name) } catch {
            try folder.replaceFile(name, with: old.span, mode: 0o644)
        }
        try folder.sync()
    }

    /// Puts a service file in place.
    func put(_ service: String, _ text: [UInt8]) throws(SystemError) {
        let mode: UInt32
        do throws(SystemError) { mode = try pam.status(of: Array(service.utf8)).mode } catch {
            guard error == .noEntry else { throw error }
            return try pam.replaceFile(Array(service.utf8), with: text.span, mode: 0o644)
        }
        try pam.replaceFile(Array(service.utf8), with: text.span, mode: mode)
    }

    /// What came of taking a change back.
    enum Restored { case done, edited }

    /// Puts back what was there before, if the file is still as the change made it.
    func restore(_ change: PendingChange) throws(SystemError) -> Restored {
        let name = change.service
        let now = try PendingChanges.current(name)
        let old = try read("\(name).old")
        let new = try read("\(name).new")
        // A run that was killed had not begun, or has put it back: it moves what was there before out of here.
        guard now != old, old != nil || !change.hadFile || now == new else {
            forget(name)
            return .done
        }
        guard now == new, old != nil || !change.hadFile else {
            var edited = change
            edited.isEdited = true
            if !change.isEdited { try write(edited) }
            return .edited
        }
        try putBack(name, old, hadFile: change.hadFile)
        forget(name)
        return .done
    }

    /// Puts what was there before in its place, by a renaming where that can be.
    func putBack(_ name: String, _ old: [UInt8]?, hadFile: Bool) throws(SystemError) {
        if !hadFile {
            try pam.remove(Array(name.utf8))
        } else {
            do throws(SystemError) {
                try folder.move(Array("\(name).old".utf8), into: pam, as: Array(name.utf8))
            } catch {
                let bytes = old ?? []
                try pam.replaceFile(Array(name.utf8), with: bytes.span, mode: 0o644)
            }
        }
        try pam.sync()
    }

    /// Forgets that a change waits. What was there before is kept.
    func forget(_ service: String) {
        remove("\(service).new")
        remove("\(service).pending")
        do throws(SystemError) { try folder.sync() } catch {}
    }

    private func remove(_ name: String) {
        do throws(SystemError) { try folder.remove(Array(name.utf8)) } catch {}
    }
}

/// The machine's present boot.
enum Boot {
    static var id: String {
        do throws(SystemError) {
            return text(try Look.file(at: Array("/proc/sys/kernel/random/boot_id".utf8)).filter { $0 > 0x20 })
        } catch {
            return "unknown"
        }
    }
}

/// A line of the log about a change to a service file.
func logChange(
    _ kind: EventKind, _ service: String, reason: [UInt8] = [], cause: [UInt8] = [],
    _ severity: EventLine.Severity = .notice
) {
    var line = EventLine(kind, severity: severity)
    line.add("service", Array(service.utf8))
    line.add("by", [UInt8](decimal: Int64(realUserID())))
    line.add("reason", reason)
    line.add("cause", cause)
    line.log(within: HandingOver.patience)
}
