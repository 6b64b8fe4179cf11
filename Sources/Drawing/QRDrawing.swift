/// A QR code drawn in characters, for a terminal.
package struct QRDrawing: Equatable {
    package enum Characters: Sendable {
        /// `█`, `▀` and `▄`: one column and half a line for each module.
        case halfBlocks
        /// Two columns and one line for each module.
        case ascii
    }

    /// What makes a module look light or dark.
    package enum Paint: Sendable {
        /// Black on white by escape sequences, whatever colours the terminal has.
        case blackOnWhite
        /// The light modules are drawn, in the terminal's own colours: right where its background is dark.
        case onDarkBackground
        /// The dark modules are drawn: right where the background is light.
        case onLightBackground
    }

    package let lines: [String]
    /// How many columns the lines take.
    package let columns: Int

    /// The smallest border that readers are content with; the standard's is `QRCode.border`.
    package static let smallestBorder = 2

    /// Draws `code` with `margin` light modules above and below and `side` at its left and right.
    package init(
        _ code: QRCode, _ characters: Characters, _ paint: Paint, margin: Int = QRCode.border,
        side: Int = QRCode.border
    ) {
        let canvas = Canvas(
            code: code, paint: paint, rows: -margin..<(code.size + margin), columns: -side..<(code.size + side))
        lines = characters == .halfBlocks ? canvas.halfBlocks() : canvas.ascii()
        columns = QRDrawing.columns(code, characters, side: side)
    }

    /// The drawing with the widest border, 4 to 2 modules, that a place of this size has room for; nil where none fits.
    package static func fitting(
        _ code: QRCode, _ characters: Characters, _ paint: Paint, columns: Int, rows: Int
    ) -> QRDrawing? {
        let borders = (smallestBorder...QRCode.border).reversed()
        guard let margin = borders.first(where: { QRDrawing.rows(code, characters, margin: $0) <= rows }),
            let side = borders.first(where: { QRDrawing.columns(code, characters, side: $0) <= columns })
        else { return nil }
        return QRDrawing(code, characters, paint, margin: margin, side: side)
    }

    /// The least room that a code takes.
    package static func leastRoom(_ code: QRCode, _ characters: Characters) -> (columns: Int, rows: Int) {
        (columns(code, characters, side: smallestBorder), rows(code, characters, margin: smallestBorder))
    }

    private static func rows(_ code: QRCode, _ characters: Characters, margin: Int) -> Int {
        let modules = code.size + 2 * margin
        return characters == .halfBlocks ? (modules + 1) / 2 : modules
    }

    private static func columns(_ code: QRCode, _ characters: Characters, side: Int) -> Int {
        (code.size + 2 * side) * (characters == .halfBlocks ? 1 : 2)
    }
}

/// A code with its border, and what is drawn of it.
private struct Canvas {
    let code: QRCode
    let paint: QRDrawing.Paint
    let rows: Range<Int>
    let columns: Range<Int>

    /// Whether a module is drawn, rather than left as the background is.
    private func isDrawn(_ row: Int, _ column: Int) -> Bool {
        code.isDark(row, column) == (paint != .onDarkBackground)
    }

    func halfBlocks() -> [String] {
        stride(from: rows.lowerBound, to: rows.upperBound, by: 2).map { row in
            let line = columns.map { column in
                let upper = isDrawn(row, column)
                // Below an odd last row there is nothing.
                let lower = row + 1 < rows.upperBound && isDrawn(row + 1, column)
                return upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ")
            }.joined()
            return paint == .blackOnWhite ? "\u{1B}[30;107m\(line)\u{1B}[0m" : line
        }
    }

    /// With colours the background alone is painted, since letters leave gaps.
    func ascii() -> [String] {
        rows.map { row in
            guard paint == .blackOnWhite else {
                return columns.map { isDrawn(row, $0) ? "##" : "  " }.joined()
            }
            var line = ""
            var isDark: Bool?
            for column in columns {
                let next = isDrawn(row, column)
                if next != isDark { line += next ? "\u{1B}[40m" : "\u{1B}[107m" }
                line += "  "
                isDark = next
            }
            return line + "\u{1B}[0m"
        }
    }
}
