internal import TwostepCore

/// An event with what identifies it, as it is kept until everybody has heard of it.
package struct Occurrence: Codable, Equatable, Sendable {
    /// 32 hexadecimal digits; the same however often it is delivered.
    package let id: String
    /// When it was taken, in seconds since the epoch.
    package let time: Int64
    /// The machine that it happened on.
    package let host: String
    /// The line of the log, with the PAM service as one more field.
    package let line: String

    package init(id: String, time: Int64, host: String, line: String) {
        self.id = id
        self.time = time
        self.host = host
        self.line = line
    }

    /// The event; nil where the line is none.
    package var event: LoggedEvent? {
        guard let event = LoggedEvent.parse(Array(line.utf8)) else { return nil }
        guard let service = event["service"] else { return event }
        return LoggedEvent(service: service, fields: event.fields.filter { $0.name != "service" })
    }

    /// What a hook gets on its standard input: names and values, all text.
    package var json: [String: String] {
        var values = ["id": id, "time": Moment.text(time), "host": host]
        for (name, value) in event?.json ?? [] { values[name] = value }
        return values
    }
}

/// What is asked of the process that delivers: a datagram of root's.
package enum DeliveryRequest: Equatable, Sendable {
    /// An event has happened; `alsoTo` is to hear of it beside those whom the configuration names.
    case event(String, alsoTo: EmailAddress?)

    /// The longest datagram that is taken, in bytes.
    package static let limit = 16_384

    /// - Returns: nil for what is neither.
    package static func parse(_ datagram: [UInt8]) -> DeliveryRequest? {
        guard datagram.count <= limit else { return nil }
        let lines = datagram.parts(separatedBy: 0x0A)
        guard lines.count <= 2, LoggedEvent.parse(lines[0]) != nil else { return nil }
        let line = String(decoding: lines[0], as: UTF8.self)
        guard lines.count == 2 else { return .event(line, alsoTo: nil) }
        guard lines[1].starts(with: Array("to=".utf8)),
            let address = EmailAddress(String(decoding: lines[1].dropFirst(3), as: UTF8.self))
        else { return nil }
        return .event(line, alsoTo: address)
    }
}
