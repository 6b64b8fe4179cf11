/// A table for people: columns as wide as their widest cell, however wide its characters are on a terminal.
///
/// Rows are kept as bytes, so that a hundred thousand of them take a few megabytes.
struct TextTable {
    private var bytes: [UInt8] = []
    private var widths: [Int]

    init(_ heads: [String]) {
        self.init(columns: heads.count)
        add(heads)
    }

    /// Rows without heads: a piece of a table.
    init(columns: Int) { widths = [Int](repeating: 0, count: columns) }

    /// Adds the rows of a piece with as many columns.
    mutating func add(_ piece: TextTable) {
        bytes += piece.bytes
        for (column, width) in piece.widths.enumerated() { widths[column] = max(widths[column], width) }
    }

    /// Adds a row; a cell must have no control characters.
    mutating func add(_ cells: [String]) {
        for (column, cell) in cells.enumerated() {
            widths[column] = max(widths[column], TextTable.width(of: cell))
            bytes += Array(cell.utf8)
            bytes.append(column == cells.count - 1 ? 0x0A : 0x09)
        }
    }

    /// Writes it to standard output, in large pieces.
    func write(to desk: Desk) throws {
        var out: [UInt8] = []
        var column = 0
        var cell: [UInt8] = []
        var blanks = 0
        for byte in bytes {
            guard byte == 0x09 || byte == 0x0A else {
                cell.append(byte)
                continue
            }
            // Blanks are owed until something follows, so that no line ends in them.
            if !cell.isEmpty {
                out += [UInt8](repeating: 0x20, count: blanks) + cell
                blanks = 0
            }
            blanks += widths[column] - TextTable.width(of: cell) + 2
            cell.removeAll(keepingCapacity: true)
            column += 1
            if byte == 0x0A {
                out.append(0x0A)
                (column, blanks) = (0, 0)
                if out.count > 1 << 16 {
                    try desk.write(out)
                    out.removeAll(keepingCapacity: true)
                }
            }
        }
        try desk.write(out)
    }

    /// How many places of a terminal a text takes: two for wide characters (UAX 11, W and F), none for what is set upon
    /// another.
    static func width(of text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    private static func width(of cell: [UInt8]) -> Int {
        cell.allSatisfy { $0 < 0x80 } ? cell.count : width(of: text(cell))
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// The blocks of East Asian scripts, full-width forms and pictures.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
