internal import CQREncode
package import Crypto

/// A QR code as rows of modules; true is dark.
package struct QRCode {
    package let size: Int
    private let dark: [Bool]

    /// Encodes `text` with the lowest error correction, which gives the smallest picture; nil where it is too long.
    package init?(_ text: borrowing SecretBytes) {
        // SAFETY: the data are passed with their own count, and the result is freed after its modules were copied.
        let code = unsafe text.bytes.withUnsafeBufferPointer { buffer in
            unsafe QRcode_encodeData(Int32(buffer.count), buffer.baseAddress, 0, QR_ECLEVEL_L)
        }
        guard let code = unsafe code else { return nil }
        defer { unsafe QRcode_free(code) }
        let size = unsafe Int(code.pointee.width)
        var dark: [Bool] = []
        // SAFETY: the library promises width × width modules, the lowest bit of each telling dark from light.
        for index in 0..<(size * size) { unsafe dark.append(code.pointee.data[index] & 1 == 1) }
        self.size = size
        self.dark = dark
    }

    /// Whether a module is dark; everything around the code is light.
    private func isDark(_ row: Int, _ column: Int) -> Bool {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return false }
        return dark[row * size + column]
    }

    /// The light border on each side, in modules: the quiet zone that ISO/IEC 18004 asks for.
    package static let border = 4

    /// Lines of half blocks, two rows of modules each.
    ///
    /// - Parameter coloured: black on white by escape sequences, whatever the terminal's colours are. Without them the
    ///   light modules are drawn, which is right on a dark terminal.
    package func halfBlocks(coloured: Bool) -> [String] {
        let range = -QRCode.border..<(size + QRCode.border)
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { row in
            let line = range.map { column in
                let upper = isDark(row, column) == coloured
                // Below an odd last row there is nothing: left unpainted without colours.
                let lower = (row + 1 < range.upperBound ? isDark(row + 1, column) : !coloured) == coloured
                return upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ")
            }.joined()
            return coloured ? "\u{1B}[30;107m\(line)\u{1B}[0m" : line
        }
    }

    /// Lines of ASCII, two characters for each module; the light modules are drawn, for a dark terminal.
    package func ascii() -> [String] {
        let range = -QRCode.border..<(size + QRCode.border)
        return range.map { row in range.map { isDark(row, $0) ? "  " : "##" }.joined() }
    }
}
