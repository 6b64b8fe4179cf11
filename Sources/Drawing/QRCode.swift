internal import CQREncode
package import Crypto

/// A QR code as rows of modules; true is dark.
package struct QRCode {
    /// How many modules each side has, without the light border around it.
    package let size: Int
    private let dark: [Bool]

    /// The light border on each side, in modules: the quiet zone that ISO/IEC 18004 asks for.
    package static let border = 4

    /// Encodes `text`, ASCII without NUL, with the lowest error correction, and its capitals and digits in fewer bits,
    /// which gives the smallest picture.
    ///
    /// - Returns: nil where it is empty, too long, or not one text.
    package init?(_ text: borrowing SecretBytes) {
        for index in text.bytes.indices where text.bytes[index] == 0 { return nil }
        var terminated = SecretBytes(capacity: text.count + 1)
        terminated.append(contentsOf: text.bytes)
        terminated.append(0)
        // SAFETY: the text ends with a NUL, and the result is freed after its modules were copied.
        let code = unsafe terminated.bytes.withUnsafeBytes { buffer in
            unsafe buffer.baseAddress.flatMap { base in
                unsafe QRcode_encodeString(
                    base.assumingMemoryBound(to: CChar.self), 0, QR_ECLEVEL_L, QR_MODE_8, 1)
            }
        }
        guard let code = unsafe code else { return nil }
        defer { unsafe QRcode_free(code) }
        // SAFETY: the library promises width × width modules, the lowest bit of each telling dark from light.
        let size = unsafe Int(code.pointee.width)
        var dark: [Bool] = []
        for index in 0..<(size * size) { unsafe dark.append(code.pointee.data[index] & 1 == 1) }
        self.size = size
        self.dark = dark
    }

    /// Whether a module is dark; everything around the code is light.
    package func isDark(_ row: Int, _ column: Int) -> Bool {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return false }
        return dark[row * size + column]
    }
}
