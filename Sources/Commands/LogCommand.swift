package import ArgumentParser
internal import Linux
internal import Notices
internal import TwostepCore

package struct LogCommand: DeskCommand {
    package static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show what the system's log says about a user's second step.",
        discussion: """
            Reads the journal, or the files of a syslog daemon. Without a user: about everybody.

            EXAMPLES
              twostep log alice
              twostep log alice --since 2h
              twostep log --since 2026-11-26 --json
            """)

    @Argument(help: "The user.", completion: .user) var user: String?
    @Option(
        help: ArgumentHelp(
            "From when on: 30m, 2h, 3d, 2026-11-26, or 2026-11-26T20:00:00Z (UTC).", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Read this syslog file.", valueName: "path"), completion: .file()) var file: String?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    /// The most events that are shown: the latest.
    private static let limit = 10_000

    package func validate() throws {
        if let since, LogCommand.time(since, now: 0) == nil {
            throw ValidationError("--since takes 30m, 2h, 3d, 2026-11-26, or 2026-11-26T20:00:00Z")
        }
        if let file, !isPlainPath(Array(file.utf8)) { throw ValidationError("not an absolute path: \(file)") }
    }

    /// What is wrong with the configuration is no reason to show nothing of what happened.
    package func desk(at console: any Console) throws -> Desk {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        return Desk(console, Configuration(), from: [UInt8](text: Configuration.defaultPath))
    }

    /// A moment, or a stretch of time before now.
    static func time(_ text: String, now: Int64) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let last = text.last, let unit = units[last], let count = Array(text.utf8.dropLast()).decimal {
            return max(now - Int64(count) * unit, 0)
        }
        return Moment.parse(text)
    }

    package func run(_ desk: Desk) throws {
        let now = try desk.readClock()
        var events: [KeptEvent] = []
        var dropped = 0
        try SystemLogReader(since: since.flatMap { LogCommand.time($0, now: now) } ?? 0, now: now).read(file: file) {
            kept in
            if let user, kept.event["user"] != user { return }
            events.append(kept)
            if events.count >= 2 * LogCommand.limit {
                dropped += events.count - LogCommand.limit
                events.removeFirst(events.count - LogCommand.limit)
            }
        }
        if events.count > LogCommand.limit {
            dropped += events.count - LogCommand.limit
            events.removeFirst(events.count - LogCommand.limit)
        }
        if dropped > 0 {
            desk.sayOnError("twostep: \(dropped) older events are not shown")
            desk.sayOnError("twostep: ask for a stretch of time with: --since")
        }
        if json { return try desk.sayJSON(events.map(EventJSON.init)) }
        try show(events, desk)
    }

    private func show(_ events: [KeptEvent], _ desk: Desk) throws {
        guard !events.isEmpty else {
            return try desk.say("The log says nothing\(user.map { " about \(printable($0))" } ?? "").")
        }
        // Of one user there is no need to say whose it is.
        func shown(_ row: [String]) -> [String] {
            user == nil ? row : row.enumerated().filter { $0.offset != 1 }.map(\.element)
        }
        var table = TextTable(shown(["TIME", "USER", "EVENT", "METHOD OR REASON", "SERVICE", "FROM", "MORE"]))
        for event in events { table.add(shown(LogCommand.row(event))) }
        try table.write(to: desk)
    }

    private static func row(_ kept: KeptEvent) -> [String] {
        let event = kept.event
        var shown = ["event", "user"]
        /// The first of these fields that the event has.
        func take(_ names: String...) -> String? {
            guard let name = names.first(where: { event[$0] != nil }) else { return nil }
            shown.append(name)
            return event[name]
        }
        let how = take("method", "reason") ?? ""
        let from = take("rhost", "tty") ?? take("by", "caller").map { "uid \($0)" } ?? ""
        var more = event.fields.filter { !shown.contains($0.name) }.map { "\($0.name)=\($0.text)" }
        if let writer = kept.writer { more.append("written by uid \(writer)") }
        return [
            Moment.text(kept.time), event["user"] ?? "", event.name, how, event.service ?? kept.program, from,
            more.joined(separator: ", "),
        ].map(printable)
    }
}

/// An event as JSON: its fields by their names, and when, where and by whom it was logged. The same in hooks.
struct EventJSON: Encodable {
    private let values: [(name: String, value: String)]
    private let pid: Int32?
    private let writer: UInt32?

    init(_ kept: KeptEvent) {
        values = kept.event.json + [("time", Moment.text(kept.time)), ("program", kept.program)]
        pid = kept.pid
        writer = kept.writer
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, value) in values { try container.encode(value, forKey: Key(name)) }
        try container.encodeIfPresent(pid, forKey: Key("pid"))
        try container.encodeIfPresent(writer, forKey: Key("writtenBy"))
    }
}
