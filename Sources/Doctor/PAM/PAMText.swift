internal import TwostepCore

/// One line of a service file as libpam puts it together: comments taken away, `\` at an end joined with what follows.
/// See pam.d(5).
package struct PAMLine: Equatable, Sendable {
    /// Of the lines of the file that it is made of, the first and the last, counted from 1.
    package let numbers: ClosedRange<Int>
    package let words: [[UInt8]]
    /// Where libpam's buffer ends before the line does, and goes on with the rest as if it were a line.
    package let isTooLong: Bool
    /// Where the file ends in a `\`: libpam refuses the whole file.
    package let isCutOff: Bool

    /// The most bytes of a line, in libpam before 1.6.
    static let limit = 1022

    /// The lines of a file that are not empty.
    package static func lines(of text: [UInt8]) -> [PAMLine] {
        var lines: [PAMLine] = []
        var assembled: [UInt8] = []
        var first: Int?
        var number = 0
        var physical = text.parts(separatedBy: 0x0A)
        if physical.last == [] { physical.removeLast() }
        for part in physical {
            number += 1
            // libpam reads C strings.
            let line = Array(part.prefix { $0 != 0 })
            let content = line.trimmed
            guard let begin = content.first, begin != hash else { continue }
            let start = first ?? number
            if let comment = content.firstIndex(of: hash) {
                assembled += content[..<comment]
            } else if content.last == backslash {
                assembled += content.dropLast() + [space]
                first = start
                continue
            } else {
                assembled += content
            }
            lines.append(make(assembled, start...number, isCutOff: false))
            assembled = []
            first = nil
        }
        if let first { lines.append(make(assembled, first...number, isCutOff: true)) }
        return lines
    }

    private static func make(_ text: [UInt8], _ numbers: ClosedRange<Int>, isCutOff: Bool) -> PAMLine {
        PAMLine(numbers: numbers, words: words(of: text), isTooLong: text.count > limit, isCutOff: isCutOff)
    }

    /// The words of a line. One that begins with `[` goes to the next `]`, spaces and all, without either; `\]` in it is
    /// a `]` of its own.
    static func words(of text: [UInt8]) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var index = 0
        while true {
            while index < text.count, text[index].isPAMSpace { index += 1 }
            guard index < text.count else { return words }
            var word: [UInt8] = []
            if text[index] == bracket {
                index += 1
                while index < text.count, text[index] != closing {
                    if text[index] == backslash, index + 1 < text.count, text[index + 1] == closing { index += 1 }
                    word.append(text[index])
                    index += 1
                }
                index += 1
            } else {
                while index < text.count, !text[index].isPAMSpace {
                    word.append(text[index])
                    index += 1
                }
                index += 1
            }
            words.append(word)
        }
    }

    private static let hash = UInt8(ascii: "#")
    private static let backslash = UInt8(ascii: "\\")
    private static let space = UInt8(ascii: " ")
    private static let bracket = UInt8(ascii: "[")
    private static let closing = UInt8(ascii: "]")
}

extension UInt8 {
    /// What separates words in a service file.
    fileprivate var isPAMSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A }
}

extension [UInt8] {
    /// Whether these are the letters of `word`, in whatever case.
    package func isWord(_ word: StaticString) -> Bool { map(\.lowercased) == [UInt8](text: word) }
}
