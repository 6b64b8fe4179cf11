/// A QR code as a picture, with the border that the standard asks for.
package struct QRPicture {
    private let code: QRCode
    /// How many modules each side has with the border.
    private let modules: Int

    package init(_ code: QRCode) {
        self.code = code
        modules = code.size + 2 * QRCode.border
    }

    /// Pixels for each module.
    private static let scale = 8

    /// How many pixels each side has.
    package var side: Int { modules * QRPicture.scale }

    /// Its pixels, row by row from the top: 0 is black, 255 white.
    package var pixels: [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * side)
        for row in 0..<side {
            for column in 0..<side {
                pixels.append(isDark(row / QRPicture.scale, column / QRPicture.scale) ? 0 : 255)
            }
        }
        return pixels
    }

    /// It as an SVG 1.1 document: one black path on white.
    package var svg: String {
        var path = ""
        for row in 0..<modules {
            var column = 0
            while column < modules {
                let start = column
                while column < modules, isDark(row, column) { column += 1 }
                // One stretch of dark modules.
                if column > start { path += "M\(start) \(row)h\(column - start)v1h-\(column - start)z" }
                column += 1
            }
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="\(side)" height="\(side)" \
            viewBox="0 0 \(modules) \(modules)" shape-rendering="crispEdges">
            <rect width="\(modules)" height="\(modules)" fill="#fff"/>
            <path fill="#000" d="\(path)"/>
            </svg>

            """
    }

    private func isDark(_ row: Int, _ column: Int) -> Bool { code.isDark(row - QRCode.border, column - QRCode.border) }
}
