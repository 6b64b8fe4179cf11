internal import Crypto
internal import Drawing
internal import TwostepCore

/// A QR code for somebody whose terminal nobody knows: without colours, its light modules drawn, in at most 80 columns, and
/// with the smallest border, so that 24 rows have room for as much as can be.
func linesOfQRCode(_ address: borrowing SecretBytes, _ style: QRStyle) -> [String] {
    let none = ["   (no QR code here: use the key)"]
    guard style != .none, let code = QRCode(address) else { return none }
    let border = QRDrawing.smallestBorder
    let drawing = QRDrawing(
        code, style == .ascii ? .ascii : .halfBlocks, .onDarkBackground, margin: border, side: border)
    return drawing.columns <= 80 ? drawing.lines : none
}
