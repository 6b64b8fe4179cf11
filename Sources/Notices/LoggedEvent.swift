internal import TwostepCore

/// An event as it stands in the log: read back from a message of Twostep's. What is not exactly as `EventLine` writes it is
/// no event.
package struct LoggedEvent: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package let name: String
        /// What the field was made of: the escaping is undone. A value that was cut ends in `...`, behind 256 bytes.
        package let value: [UInt8]

        package init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        /// The value for a person or a program that takes text: what is no UTF-8 is replaced.
        package var text: String { String(decoding: value, as: UTF8.self) }
    }

    /// The PAM service that was asked, in lines of the module and of the service in its place.
    package let service: String?
    /// The fields in order; the first is `event`.
    package let fields: [Field]

    /// The most bytes of a message that are looked at.
    package static let sizeLimit = 16_384
    private static let fieldLimit = 32

    package init(service: String?, fields: [Field]) {
        self.service = service
        self.fields = fields
    }

    package var name: String { fields.first?.text ?? "" }

    /// The value of a field as text; nil where the event has none of that name.
    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.text }

    /// Names and values as JSON has them, the service among them.
    package var json: [(name: String, value: String)] {
        (service.map { [("service", $0)] } ?? []) + fields.map { ($0.name, $0.text) }
    }

    /// Reads a message of the log, without the time and program before it: `pam_twostep(SERVICE:auth): event=…`, or
    /// `event=…` alone.
    package static func parse(_ message: [UInt8]) -> LoggedEvent? {
        guard message.count <= sizeLimit else { return nil }
        var rest = message[...]
        var service: String?
        if rest.starts(with: Array("pam_twostep(".utf8)) {
            rest = rest.dropFirst(12)
            // A name that is not plain stands in quotes, in which there is no quote.
            guard let named = takeValue(&rest, endedBy: UInt8(ascii: ":")), rest.first == UInt8(ascii: ":") else {
                return nil
            }
            rest = rest.dropFirst()
            let stack = rest.prefix { $0 >= 0x61 && $0 <= 0x7A }
            rest = rest.dropFirst(stack.count)
            guard !stack.isEmpty, rest.starts(with: Array("): ".utf8)) else { return nil }
            rest = rest.dropFirst(3)
            service = String(decoding: named, as: UTF8.self)
        }
        guard let fields = parseFields(rest, first: "event") else { return nil }
        return LoggedEvent(service: service, fields: fields)
    }

    /// Fields with one space between them, the first of this name.
    static func parseFields(_ text: ArraySlice<UInt8>, first: String) -> [Field]? {
        var rest = text
        var fields: [Field] = []
        while true {
            let name = rest.prefix { $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2D }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.first == UInt8(ascii: "=") else { return nil }
            rest = rest.dropFirst()
            guard let value = takeValue(&rest, endedBy: 0x20) else { return nil }
            let field = Field(name: String(decoding: name, as: UTF8.self), value: value)
            guard fields.count < fieldLimit, !fields.contains(where: { $0.name == field.name }) else { return nil }
            fields.append(field)
            guard let next = rest.first else { break }
            guard next == 0x20 else { return nil }
            rest = rest.dropFirst()
        }
        guard fields[0].name == first, fields[0].value.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2D })
        else { return nil }
        return fields
    }

    /// Takes one value off the front: quoted, or plain up to `end`.
    ///
    /// - Returns: nil for what `EventLine.escaped` never writes.
    private static func takeValue(_ rest: inout ArraySlice<UInt8>, endedBy end: UInt8) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else { return takePlain(&rest, endedBy: end) }
        var value: [UInt8] = []
        var left = rest.dropFirst()
        while let byte = left.popFirst() {
            if byte == UInt8(ascii: "\"") {
                let written = rest[rest.startIndex..<left.startIndex]
                // Canonical, so that two spellings never are the same value.
                guard EventLine.escaped(value).elementsEqual(written) else { return nil }
                rest = left
                return value
            }
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            guard left.popFirst() == UInt8(ascii: "x"), let high = left.popFirst().flatMap(digit),
                let low = left.popFirst().flatMap(digit)
            else { return nil }
            value.append(high << 4 | low)
        }
        return nil
    }

    private static func takePlain(_ rest: inout ArraySlice<UInt8>, endedBy end: UInt8) -> [UInt8]? {
        let value = Array(rest.prefix { $0 != end })
        guard !value.isEmpty, EventLine.escaped(value) == value else { return nil }
        rest = rest.dropFirst(value.count)
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
