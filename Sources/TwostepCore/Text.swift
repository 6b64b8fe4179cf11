internal import Crypto

/// Text as bytes. The module has no Unicode tables, and what it compares, parses and logs is bytes anyway.
extension Array where Element == UInt8 {
    /// The bytes of a text of our own.
    package init(text: StaticString) { self = bytes(of: text) }

    /// Adds one byte. Like the standard library's own, but a function for all: what that does where there is no room left
    /// stands in every place otherwise, a hundred bytes each.
    @inline(never)
    package mutating func append(_ byte: UInt8) { add(byte, to: &self) }

    /// Whether these are exactly the bytes of `text`.
    @inline(never)
    package func equals(_ text: StaticString) -> Bool { self == bytes(of: text) }

    /// Without ASCII spaces and tabs at both ends.
    package var trimmed: [UInt8] {
        var start = startIndex
        var end = endIndex
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return Array(self[start..<end])
    }

    /// The parts between occurrences of `separator`, empty ones included.
    package func parts(separatedBy separator: UInt8) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var part: [UInt8] = []
        for byte in self {
            if byte == separator {
                parts.append(part)
                part = []
            } else {
                part.append(byte)
            }
        }
        parts.append(part)
        return parts
    }

    /// The value of one to nine ASCII digits; nil for anything else.
    package var decimal: Int? {
        guard (1...9).contains(count) else { return nil }
        var value = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// The decimal digits of `number`.
    package init(decimal number: Int64) {
        self = []
        var rest = number.magnitude
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        if number < 0 { append(0x2D) }
        reverse()
    }
}

private func add<Element>(_ element: Element, to array: inout [Element]) { array.append(element) }

extension UInt8 {
    /// ASCII space or tab.
    package var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// The ASCII letter in lower case; every other byte as it is.
    package var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}
