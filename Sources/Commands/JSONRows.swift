/// One JSON value, as `--json` writes it: on one line, the names of an object in alphabetical order.
enum JSONText {
    case text(String)
    case number(Int64)
    case truth(Bool)
    case list([JSONText])
    /// Members that are nil are left out.
    case object(KeyValuePairs<String, JSONText?>)

    func write(to out: inout [UInt8]) {
        switch self {
        case .text(let text): JSONText.quote(text, &out)
        case .number(let number): out += Array(String(number).utf8)
        case .truth(let truth): out += Array((truth ? "true" : "false").utf8)
        case .list(let values):
            out.append(0x5B)
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(0x2C) }
                value.write(to: &out)
            }
            out.append(0x5D)
        case .object(let members):
            out.append(0x7B)
            var isFirst = true
            for (name, value) in members {
                guard let value else { continue }
                if !isFirst { out.append(0x2C) }
                isFirst = false
                JSONText.quote(name, &out)
                out.append(0x3A)
                value.write(to: &out)
            }
            out.append(0x7D)
        }
    }

    private static func quote(_ text: String, _ out: inout [UInt8]) {
        out.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: out += [0x5C, byte]
            case 0..<0x20: out += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }
}

/// A piece of a JSON list: values with commas between them.
struct JSONPiece {
    fileprivate var bytes: [UInt8] = []

    mutating func add(_ value: JSONText) {
        if !bytes.isEmpty { bytes.append(0x2C) }
        value.write(to: &bytes)
    }
}

/// A JSON list of many values, written in pieces as they come.
struct JSONRows {
    private let desk: Desk
    private var isFirst = true

    init(_ desk: Desk) { self.desk = desk }

    mutating func add(_ piece: JSONPiece) throws {
        try desk.write([isFirst ? 0x5B : 0x2C] + piece.bytes)
        isFirst = false
    }

    mutating func end() throws { try desk.write(Array((isFirst ? "[]\n" : "]\n").utf8)) }
}
