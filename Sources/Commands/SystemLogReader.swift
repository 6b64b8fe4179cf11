internal import FoundationEssentials
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// An event of Twostep's that the system's log has kept.
struct KeptEvent {
    /// Seconds since the epoch.
    let time: Int64
    let program: String
    let pid: Int32?
    /// The uid of who wrote the line, where the log knows it and it is not root.
    let writer: UInt32?
    let event: LoggedEvent
}

/// Reads events back from where the system keeps its log: the journal, or files of a syslog daemon.
struct SystemLogReader {
    /// The longest line that is looked at, in bytes.
    private static let lineLimit = 65_536
    private static var journalctl: [UInt8] { [UInt8](text: "/usr/bin/journalctl") }
    /// Where syslog daemons write what is logged under authpriv; each with the file that was put aside last.
    private static let files = ["/var/log/auth.log", "/var/log/secure"]

    /// The earliest time that is wanted, in seconds since the epoch.
    let since: Int64
    let now: Int64

    /// Hands every event to `body`, the oldest first.
    func read(file: String?, _ body: (KeptEvent) -> Void) throws {
        if let file { return try readFile(file, body) }
        if exists("/run/systemd/journal/socket"), exists(text(SystemLogReader.journalctl)) {
            return try readJournal(body)
        }
        var found = false
        for path in SystemLogReader.files where exists(path) {
            found = true
            if exists(path + ".1") { try readFile(path + ".1", body) }
            try readFile(path, body)
        }
        guard found else {
            throw Failure(
                "no log was found", hint: "name the file of your syslog daemon with: --file", .configuration)
        }
    }

    private func exists(_ path: String) -> Bool {
        let (folder, name) = split(path: Array(path.utf8))
        guard let folder = Descriptor.folderWithoutLinks(at: folder) else { return false }
        do throws(SystemError) { return try folder.status(of: name).kind != .symbolicLink } catch { return false }
    }

    // MARK: files

    private func readFile(_ path: String, _ body: (KeptEvent) -> Void) throws {
        do throws(SystemError) {
            let (folder, name) = split(path: Array(path.utf8))
            guard let folder = Descriptor.folderWithoutLinks(at: folder) else { throw .noEntry }
            let file = try folder.open(name, .read)
            guard try file.status().kind == .regular else { throw .invalid }
            try forEachLine(of: file) { line in
                guard let line = LogLine.parse(line, local: localTime), line.time >= since else { return }
                keep(line, writer: nil, body)
            }
        } catch {
            throw Failure(
                "cannot read \(printable(path)) (\(text(error.name)))", hint: "name an absolute path without links",
                .inputOutput)
        }
    }

    private func localTime(_ local: LogLine.LocalTime) -> Int64? {
        Linux.localTime(month: local.month, day: local.day, second: local.second, before: now)
    }

    private func keep(_ line: LogLine, writer: UInt32?, _ body: (KeptEvent) -> Void) {
        guard let event = LoggedEvent.parse(line.message) else { return }
        // Only our programs write lines without the module's name before them.
        guard event.service != nil || ["twostep", "twostepd"].contains(line.program) else { return }
        body(KeptEvent(time: line.time, program: line.program, pid: line.pid, writer: writer, event: event))
    }

    private func forEachLine(of file: borrowing Descriptor, _ body: ([UInt8]) -> Void) throws(SystemError) {
        var line: [UInt8] = []
        var isTooLong = false
        var room = [UInt8](repeating: 0, count: 65_536)
        while true {
            var span = room.mutableSpan
            let count = try file.readSome(into: &span)
            guard count > 0 else { break }
            for byte in room[..<count] {
                if byte == 0x0A {
                    if !isTooLong { body(line) }
                    line.removeAll(keepingCapacity: true)
                    isTooLong = false
                } else if line.count < SystemLogReader.lineLimit {
                    line.append(byte)
                } else {
                    isTooLong = true
                }
            }
        }
        if !line.isEmpty, !isTooLong { body(line) }
    }

    // MARK: the journal

    /// What `journalctl -o json` says of an entry, as far as it is asked.
    private struct Entry: Decodable {
        let message: String
        let program: String
        let pid: Int32?
        let uid: UInt32?
        let microseconds: Int64

        private enum Key: String, CodingKey {
            case message = "MESSAGE"
            case program = "SYSLOG_IDENTIFIER"
            case pid = "_PID"
            case uid = "_UID"
            case time = "__REALTIME_TIMESTAMP"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            message = try values.decode(String.self, forKey: .message)
            program = try values.decode(String.self, forKey: .program)
            pid = try Int32(values.decodeIfPresent(String.self, forKey: .pid) ?? "")
            uid = try UInt32(values.decodeIfPresent(String.self, forKey: .uid) ?? "")
            microseconds = try Int64(values.decode(String.self, forKey: .time)) ?? 0
        }
    }

    private func readJournal(_ body: (KeptEvent) -> Void) throws {
        // 10 is authpriv.
        let arguments = [
            "--quiet", "--no-pager", "--output=json", "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_PID,_UID",
            "--since=@\(since)", "SYSLOG_FACILITY=10",
        ]
        let status: Program.End
        do throws(SystemError) {
            let pipe = try Pipe()
            let nothing = try Descriptor.nothing()
            let program = try Program.start(
                [SystemLogReader.journalctl] + arguments.map { Array($0.utf8) }, environment: [Array("LC_ALL=C".utf8)],
                input: nothing, output: pipe.writing, error: nothing)
            status = try listen(to: program, pipe, body)
        } catch {
            throw Failure(
                "the journal cannot be read (\(text(error.name)))", hint: "try: journalctl SYSLOG_FACILITY=10",
                .inputOutput)
        }
        guard status == .exited(0) else {
            throw Failure("journalctl failed", hint: "try: journalctl SYSLOG_FACILITY=10", .inputOutput)
        }
    }

    private func listen(
        to program: Program, _ pipe: consuming Pipe, _ body: (KeptEvent) -> Void
    ) throws(SystemError) -> Program.End {
        // Else the end would never come: this process could still write.
        let reading = Pipe.keepReading(pipe)
        let decoder = JSONDecoder()
        do throws(SystemError) {
            try forEachLine(of: reading) { line in
                guard let entry = try? decoder.decode(Entry.self, from: Data(line)) else { return }
                let line = LogLine(
                    time: entry.microseconds / 1_000_000, program: entry.program, pid: entry.pid,
                    message: Array(entry.message.utf8))
                if line.time >= since { keep(line, writer: entry.uid == 0 ? nil : entry.uid, body) }
            }
        } catch {
            program.killGroup()
            _ = program.wait()
            throw error
        }
        return program.wait()
    }
}
