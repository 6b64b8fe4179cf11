package import Crypto

/// Why bytes are not what they should be.
package enum DecodeError: Error, Equatable, Sendable {
    /// The bytes end too early, a field is outside its range, or what must be zero is not.
    case malformed
    /// Written by a version of Twostep that this one does not know.
    case unknownVersion
}

/// Reads big-endian fields from bytes, never beyond their end.
package struct ByteReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// The next `count` bytes.
    @inline(never)
    package mutating func take(_ count: Int) throws(DecodeError) -> Range<Int> {
        guard count >= 0, count <= bytes.count - offset else { throw .malformed }
        defer { offset += count }
        return offset..<(offset + count)
    }

    /// The bytes in a range that `take` gave.
    @_lifetime(copy self)
    package func span(_ range: Range<Int>) -> Span<UInt8> { bytes.extracting(range) }

    @inline(never)
    package mutating func array(_ count: Int) throws(DecodeError) -> [UInt8] {
        let range = try take(count)
        var array: [UInt8] = []
        array.reserveCapacity(count)
        for index in range { array.append(bytes[index]) }
        return array
    }

    package mutating func unsigned<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type = T.self
    ) throws(DecodeError) -> T {
        T(truncatingIfNeeded: try number(bytes: T.bitWidth / 8))
    }

    /// One function for all sizes keeps the module small.
    @inline(never)
    private mutating func number(bytes count: Int) throws(DecodeError) -> UInt64 {
        var value: UInt64 = 0
        for index in try take(count) { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    /// A time or count: 0 to 2^62.
    @inline(never)
    package mutating func count64() throws(DecodeError) -> Int64 {
        let value: UInt64 = try unsigned()
        guard value <= 1 << 62 else { throw .malformed }
        return Int64(value)
    }

    /// Whether nothing is left.
    package var isAtEnd: Bool { offset == bytes.count }

    /// Checks that nothing but zeroes is left.
    package mutating func endWithZeroes() throws(DecodeError) {
        let rest = bytes.extracting(try take(bytes.count - offset))
        // All of them at once: it is most of what there is to read of a record.
        var seen: UInt8 = 0
        for index in rest.indices { seen |= rest[index] }
        guard seen == 0 else { throw .malformed }
    }
}

extension SecretBytes {
    /// Appends `value`, most significant byte first; false where it does not fit.
    @discardableResult
    package mutating func append<T: FixedWidthInteger & UnsignedInteger>(bigEndian value: T) -> Bool {
        append(UInt64(truncatingIfNeeded: value), bytes: T.bitWidth / 8)
    }

    @inline(never)
    private mutating func append(_ value: UInt64, bytes count: Int) -> Bool {
        var fits = true
        for place in (0..<count).reversed() {
            fits = append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) && fits
        }
        return fits
    }
}

extension Array where Element == UInt8 {
    /// Appends `value`, most significant byte first.
    package mutating func append<T: FixedWidthInteger & UnsignedInteger>(bigEndian value: T) {
        append(UInt64(truncatingIfNeeded: value), bytes: T.bitWidth / 8)
    }

    @inline(never)
    private mutating func append(_ value: UInt64, bytes count: Int) {
        for place in (0..<count).reversed() { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
}
