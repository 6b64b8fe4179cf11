import Crypto
import Testing

@testable import Drawing

/// What fits where, and that every way of drawing shows the same modules.
struct QRDrawingTests {
    private func encode(_ text: [UInt8]) -> QRCode? { QRCode(SecretBytes(copying: text.span)) }

    private func code(_ count: Int) throws -> QRCode {
        let code = encode(Array("otpauth://totp/".utf8) + [UInt8](repeating: 0x78, count: count - 15))
        return try #require(code)
    }

    /// What a terminal with these own colours shows, two modules above each other for each half block.
    private func shown(_ drawing: QRDrawing, _ characters: QRDrawing.Characters, onLight: Bool) -> [[Bool]] {
        drawing.lines.flatMap { line -> [[Bool]] in
            var upper: [Bool] = []
            var lower: [Bool] = []
            var (front, back) = (onLight, !onLight)  // whether they are dark
            var rest = Substring(line)
            while let character = rest.first {
                if character == "\u{1B}" {
                    let end = rest.firstIndex(of: "m") ?? rest.endIndex
                    switch rest[..<end] {
                    case "\u{1B}[30;107": (front, back) = (true, false)
                    case "\u{1B}[40": back = true
                    case "\u{1B}[107": back = false
                    case "\u{1B}[0": (front, back) = (onLight, !onLight)
                    default: Issue.record("\(rest[..<end])")
                    }
                    rest = rest[end...].dropFirst()
                    continue
                }
                upper.append("█▀#".contains(character) ? front : back)
                lower.append("█▄#".contains(character) ? front : back)
                rest = rest.dropFirst()
            }
            guard characters == .ascii else { return [upper, lower] }
            return [stride(from: 0, to: upper.count, by: 2).map { upper[$0] }]
        }
    }

    @Test(arguments: [QRDrawing.Characters.halfBlocks, .ascii], [25, 60, 90, 120])
    func everyWayShowsTheCode(_ characters: QRDrawing.Characters, _ count: Int) throws {
        let code = try code(count)
        for (paint, backgrounds) in [
            (.blackOnWhite, [true, false]), (.onDarkBackground, [false]), (.onLightBackground, [true]),
        ] as [(QRDrawing.Paint, [Bool])] {
            for onLight in backgrounds {
                let drawing = QRDrawing(code, characters, paint)
                let seen = shown(drawing, characters, onLight: onLight)
                for row in 0..<(code.size + 8) {
                    for column in 0..<(code.size + 8) {
                        #expect(seen[row][column] == code.isDark(row - 4, column - 4), "\(paint) \(row) \(column)")
                    }
                }
            }
        }
    }

    /// Rows that 80 by 24 leaves above the question.
    @Test(arguments: [(53, 33), (78, 33), (106, 37), (120, 41), (134, 41)])
    func fitsBelow24Lines(_ count: Int, _ size: Int) throws {
        let code = try code(count)
        #expect(code.size <= size)
        let drawing = try #require(
            QRDrawing.fitting(code, .halfBlocks, .blackOnWhite, columns: 80, rows: 23))
        #expect(drawing.lines.count <= 23 && drawing.columns <= 80)
    }

    @Test func theBorderIsAsWideAsItFits() throws {
        let code = try code(78)
        #expect(code.size == 33)
        func rows(_ rows: Int, columns: Int = 80) -> (lines: Int, columns: Int)? {
            QRDrawing.fitting(code, .halfBlocks, .blackOnWhite, columns: columns, rows: rows)
                .map { ($0.lines.count, $0.columns) }
        }
        #expect(rows(24)! == (21, 41) && rows(21)! == (21, 41) && rows(20)! == (20, 41) && rows(19)! == (19, 41))
        #expect(rows(18) == nil)
        #expect(rows(24, columns: 40)! == (21, 39) && rows(24, columns: 37)! == (21, 37))
        #expect(rows(24, columns: 36) == nil)
        #expect(QRDrawing.leastRoom(code, .halfBlocks) == (37, 19))
        #expect(QRDrawing.leastRoom(code, .ascii) == (74, 37))
    }

    /// The capitals and digits of a key take 5½ bits each, as the standard has it.
    @Test func aKeyTakesLessRoom() throws {
        let uri =
            "otpauth://totp/vm:alice?secret=L5YSHMJIJY6SUW37Y5LEET4RVKAWUKWJ&issuer=vm&algorithm=SHA1&digits=6&period=30"
        #expect(uri.utf8.count == 107)
        #expect(encode(Array(uri.utf8))?.size == 37)
    }

    /// What docs/adr/0018 says of names: 41 modules and a border of 2 on each side are 23 lines.
    @Test func aSitesNameOf36CharactersFits() throws {
        let site = String(repeating: "x", count: 36)
        let uri = "otpauth://totp/\(site):alice?secret=L5YSHMJIJY6SUW37Y5LEET4RVKAWUKWJ&issuer=\(site)"
        let code = encode(Array(uri.utf8))
        #expect(try #require(code).size == 41)
    }

    @Test func whatIsNoText() {
        for bytes in [[UInt8](repeating: 0x61, count: 3000), [], [0x61, 0, 0x62], [0]] {
            let isNil = encode(bytes) == nil
            #expect(isNil)
        }
    }
}
