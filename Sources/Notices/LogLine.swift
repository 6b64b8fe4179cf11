internal import TwostepCore

/// One line of a syslog file: when, which program, what.
package struct LogLine: Equatable, Sendable {
    /// Seconds since the epoch.
    package let time: Int64
    package let program: String
    /// The process id; nil where the line has none.
    package let pid: Int32?
    package let message: [UInt8]

    package init(time: Int64, program: String, pid: Int32?, message: [UInt8]) {
        self.time = time
        self.program = program
        self.pid = pid
        self.message = message
    }

    /// A moment as a line says it that names neither year nor zone.
    package struct LocalTime: Equatable, Sendable {
        /// 1 to 12.
        package let month: Int
        package let day: Int
        /// Seconds since midnight.
        package let second: Int
    }

    /// Reads `TIME [HOST] PROGRAM[PID]: MESSAGE`, the time as rsyslog (`2026-11-26T20:02:28.5+01:00`) or as syslog(3)
    /// (`Nov 26 20:02:28`) writes it; a priority (`<86>`) may stand before it.
    ///
    /// - Parameter local: what a local time was, in seconds since the epoch.
    package static func parse(_ line: [UInt8], local: (LocalTime) -> Int64?) -> LogLine? {
        var rest = line[...]
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.prefix(6).firstIndex(of: UInt8(ascii: ">")) else { return nil }
            rest = rest[(end + 1)...]
        }
        guard let time = takeTime(&rest, local) else { return nil }
        guard var tag = takeWord(&rest) else { return nil }
        // A host's name ends in no colon.
        if tag.last != UInt8(ascii: ":") {
            guard let second = takeWord(&rest), second.last == UInt8(ascii: ":") else { return nil }
            tag = second
        }
        tag.removeLast()
        var pid: Int32?
        if tag.last == UInt8(ascii: "]"), let bracket = tag.lastIndex(of: UInt8(ascii: "[")) {
            guard let number = Array(tag[(bracket + 1)...].dropLast()).decimal else { return nil }
            pid = Int32(truncatingIfNeeded: number)
            tag = Array(tag[..<bracket])
        }
        guard !tag.isEmpty else { return nil }
        return LogLine(time: time, program: String(decoding: tag, as: UTF8.self), pid: pid, message: Array(rest))
    }

    /// Takes a word and the space behind it.
    private static func takeWord(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let space = rest.firstIndex(of: 0x20) else { return nil }
        let word = Array(rest[rest.startIndex..<space])
        rest = rest[(space + 1)...]
        return word.isEmpty ? nil : word
    }

    private static func takeTime(_ rest: inout ArraySlice<UInt8>, _ local: (LocalTime) -> Int64?) -> Int64? {
        guard let first = rest.first else { return nil }
        if first >= 0x30, first <= 0x39 {
            guard let word = takeWord(&rest) else { return nil }
            return Moment.parse(String(decoding: word, as: UTF8.self))
        }
        // Of a fixed length: `Nov  6 20:02:28 `.
        guard rest.count > 16 else { return nil }
        let text = Array(rest.prefix(16))
        rest = rest.dropFirst(16)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard let month = months.firstIndex(of: String(decoding: text[0..<3], as: UTF8.self)), text[3] == 0x20,
            text[6] == 0x20, text[15] == 0x20, let day = Array(text[4..<6]).trimmed.decimal,
            let second = Moment.second(ofDay: Array(text[7..<15]))
        else { return nil }
        return local(LocalTime(month: month + 1, day: day, second: second))
    }
}
