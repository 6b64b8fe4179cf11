internal import Crypto
internal import Drawing
internal import Linux
internal import TwostepCore

/// A QR code on this process's terminal, right above the question that follows it.
struct QRScreen {
    private let kind: TerminalKind
    /// nil where the output goes to no terminal.
    private let size: (columns: Int, rows: Int)?

    init() {
        kind = TerminalKind(isTerminal: StandardStream.output.isTerminal, environmentVariable)
        // Serial lines often do not say how large the terminal at their end is.
        size = StandardStream.output.size ?? (StandardStream.output.isTerminal ? (columns: 80, rows: 24) : nil)
    }

    /// How far a drawing stands from the left, where there is room.
    private static let indentation = 3
    /// How many columns the question takes, with an answer.
    private static let question = 60

    /// What is shown of an address: the code; or, where it cannot be shown, why.
    func lines(_ address: borrowing SecretBytes, _ style: QRStyle) -> [String] {
        guard style != .none, let code = QRCode(address) else { return ["   (no QR code here: use the key)", ""] }
        let characters: QRDrawing.Characters = style == .utf8 && kind.hasUTF8 ? .halfBlocks : .ascii
        guard let size else { return note + indented(QRDrawing(code, characters, kind.paint), in: nil) }
        // The question below it must be seen with it, on as many lines as it takes.
        let below = (QRScreen.question + size.columns - 1) / size.columns
        guard
            let drawing = QRDrawing.fitting(
                code, characters, kind.paint, columns: size.columns, rows: size.rows - below)
        else {
            let room = QRDrawing.leastRoom(code, characters)
            let least = "\(room.columns) by \(room.rows + (QRScreen.question + room.columns - 1) / room.columns)"
            return [
                "   (this terminal is too small for the QR code: it takes \(least).",
                "   Use the key, or start again in a larger one or with --qr-file)", "",
            ]
        }
        return note + indented(drawing, in: size.columns)
    }

    /// Who forbids colours, or has none, has the terminal's own, which only they can see.
    private var note: [String] {
        guard kind.paint != .blackOnWhite else { return [] }
        let background = kind.isLight ? "light" : "dark"
        return ["   (right on a \(background) background; if it is not read, start again with --qr-file)"]
    }

    private func indented(_ drawing: QRDrawing, in columns: Int?) -> [String] {
        let room = max((columns ?? .max) - drawing.columns, 0)
        let margin = String(repeating: " ", count: min(QRScreen.indentation, room))
        return drawing.lines.map { margin + $0 }
    }
}
