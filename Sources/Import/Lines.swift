internal import TwostepCore

/// Cutting a file into lines and words, as ranges: the bytes stay where they are, since there are keys among them.
enum Lines {
    /// The lines of `text`, without what ends them (LF, CR LF); a last empty one is left out.
    static func of(_ text: Span<UInt8>) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for index in text.indices where text[index] == 0x0A {
            lines.append(start..<end(of: start..<index, text))
            start = index + 1
        }
        if start < text.count { lines.append(start..<end(of: start..<text.count, text)) }
        return lines
    }

    private static func end(of line: Range<Int>, _ text: Span<UInt8>) -> Int {
        !line.isEmpty && text[line.upperBound - 1] == 0x0D ? line.upperBound - 1 : line.upperBound
    }

    /// The words of a line, between spaces, tabs and carriage returns.
    static func words(_ line: Range<Int>, _ text: Span<UInt8>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        for index in line {
            if text[index].isBlank || text[index] == 0x0D {
                if let begun = start { words.append(begun..<index) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let begun = start { words.append(begun..<line.upperBound) }
        return words
    }
}

extension Span<UInt8> {
    /// A copy on the heap, for what is no secret.
    func array(_ range: Range<Int>) -> [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(range.count)
        for index in range where indices.contains(index) { array.append(self[index]) }
        return array
    }

    /// Whether the bytes in `range` are `text`.
    func has(_ range: Range<Int>, _ text: StaticString) -> Bool { array(range).equals(text) }

    /// Whether the bytes in `range` begin with `text`.
    func begins(_ range: Range<Int>, _ text: StaticString) -> Bool {
        array(range.lowerBound..<Swift.min(range.lowerBound + text.utf8CodeUnitCount, range.upperBound)).equals(text)
    }
}

extension Array where Element == UInt8 {
    /// The value of decimal digits, with a sign before them where one is allowed; nil for anything else and for what does
    /// not fit into 64 bits.
    func number(signed: Bool = false) -> Int64? {
        var digits = self[...]
        var negative = false
        if signed, let first, first == 0x2D || first == 0x2B {
            negative = first == 0x2D
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int64(digit - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return negative ? -value : value
    }
}
