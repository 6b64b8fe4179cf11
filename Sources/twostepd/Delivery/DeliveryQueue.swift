internal import FoundationEssentials
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Events that somebody is still to hear of: each a file in a folder of root's, so that neither a crash nor a reboot loses
/// one. Bounded in number and bytes: what is too much goes, the lightest first (`EventWeight`), of those the oldest.
struct DeliveryQueue: ~Copyable {
    static var path: [UInt8] { [UInt8](text: "/var/spool/twostep") }
    private static let entryLimit = 500
    private static let byteLimit = 4_000_000
    private static let fileLimit = 65_536

    private let folder: Descriptor
    private(set) var entries: [QueueEntry] = []
    private var sizes: [String: Int] = [:]
    private var weights: [String: EventWeight] = [:]

    /// Opens the folder, or makes it, and reads what is there. Nobody else may have it open so.
    ///
    /// - Throws: `EBUSY` where another process has it; what the system says otherwise.
    static func open(_ complain: (DeliveryReason, [UInt8]) -> Void) throws(PathProblem) -> DeliveryQueue {
        let folder = try openFolder()
        do throws(SystemError) { guard try lock(folder) else { throw SystemError.inUse } } catch {
            throw .system(error)
        }
        var queue = DeliveryQueue(folder)
        do throws(SystemError) { try queue.readAll(complain) } catch { throw .system(error) }
        return queue
    }

    private init(_ folder: consuming Descriptor) { self.folder = folder }

    private mutating func readAll(_ complain: (DeliveryReason, [UInt8]) -> Void) throws(SystemError) {
        for name in try folder.names() where name != DeliveryQueue.lockName {
            if let (entry, size) = DeliveryQueue.read(name, in: folder) {
                entries.append(entry)
                sizes[entry.occurrence.id] = size
                weights[entry.occurrence.id] = entry.occurrence.event.map { EventWeight($0) }
            } else {
                // Half a file of a process that was killed, or nothing of ours.
                if !name.starts(with: Array(".new-".utf8)) { complain(.queue, name) }
                try folder.remove(name)
            }
        }
        entries.sort { ($0.occurrence.time, $0.occurrence.id) < ($1.occurrence.time, $1.occurrence.id) }
    }

    private static var lockName: [UInt8] { [UInt8](text: "lock") }

    private static func openFolder() throws(PathProblem) -> Descriptor {
        do throws(PathProblem) { return try Descriptor.walk(to: path, .secret) } catch {
            guard case .missing(last: true) = error else { throw error }
        }
        let (above, name) = split(path: path)
        let folder = try Descriptor.walk(to: above, .unchangeable)
        do throws(SystemError) { try folder.makeFolder(name, mode: 0o700) } catch { throw .system(error) }
        return try folder.openFolder(name, .secret)
    }

    private static func lock(_ folder: borrowing Descriptor) throws(SystemError) -> Bool {
        do throws(SystemError) { return try folder.open(lockName, .create(mode: 0o600)).lockByteForLife(at: 0) } catch {
            guard error == .exists else { throw error }
        }
        return try folder.open(lockName, .readWrite).lockByteForLife(at: 0)
    }

    private static func read(_ name: [UInt8], in folder: borrowing Descriptor) -> (QueueEntry, Int)? {
        var bytes = [UInt8](repeating: 0, count: fileLimit + 1)
        do throws(PathProblem) {
            let file = try folder.openFile(name, .read, .secret)
            do throws(SystemError) {
                var room = bytes.mutableSpan
                let count = try file.read(into: &room, at: 0)
                bytes = Array(bytes.prefix(count))
            } catch {
                return nil
            }
        } catch {
            return nil
        }
        guard bytes.count <= fileLimit, let entry = try? JSONDecoder().decode(QueueEntry.self, from: Data(bytes)),
            entry.version == QueueEntry.version, fileName(entry.occurrence.id) == name, entry.occurrence.event != nil
        else { return nil }
        return (entry, bytes.count)
    }

    private static func fileName(_ id: String) -> [UInt8] { Array("\(id).json".utf8) }

    /// Keeps an event; room is made for it.
    ///
    /// - Returns: the events that had to go for it, or it, where all others weigh more.
    /// - Throws: where it is kept in memory alone.
    mutating func add(_ entry: QueueEntry, _ event: LoggedEvent) throws(SystemError) -> [QueueEntry] {
        let id = entry.occurrence.id
        entries.append(entry)
        sizes[id] = 0
        weights[id] = EventWeight(event)
        var gone: [QueueEntry] = []
        while entries.count > DeliveryQueue.entryLimit || sizes.values.reduce(0, +) > DeliveryQueue.byteLimit,
            let index = EventWeight.firstToGo(entries.map { weights[$0.occurrence.id] ?? .change })
        {
            gone.append(entries[index])
            remove(entries[index].occurrence.id)
        }
        if sizes[id] != nil { try write(entry) }
        return gone
    }

    /// Changes what is still to be done for an event; with nothing left the event goes.
    mutating func update(_ id: String, _ body: (inout QueueEntry) -> Void) throws(SystemError) {
        guard let index = entries.firstIndex(where: { $0.occurrence.id == id }) else { return }
        body(&entries[index])
        let entry = entries[index]
        if entry.pending.isEmpty { return remove(id) }
        try write(entry)
    }

    private mutating func write(_ entry: QueueEntry) throws(SystemError) {
        guard let data = try? JSONEncoder().encode(entry) else { throw .invalid }
        let bytes = Array(data)
        try folder.replaceFile(DeliveryQueue.fileName(entry.occurrence.id), with: bytes.span, mode: 0o600)
        sizes[entry.occurrence.id] = bytes.count
    }

    private mutating func remove(_ id: String) {
        entries.removeAll { $0.occurrence.id == id }
        sizes[id] = nil
        weights[id] = nil
        do throws(SystemError) { try folder.remove(DeliveryQueue.fileName(id)) } catch {
            // It was never on the disk, or comes again after a crash: better twice than never.
        }
    }
}
