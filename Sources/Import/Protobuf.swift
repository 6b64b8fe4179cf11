internal import TwostepCore

/// Reads the fields of one protocol buffer message, never beyond its end
/// (https://protobuf.dev/programming-guides/encoding): as much of the format as Google Authenticator's export takes.
struct ProtobufReader: ~Escapable {
    enum Value {
        case number(UInt64)
        /// Where the bytes lie in the message.
        case bytes(Range<Int>)
        /// Of a fixed size, as no field that is read here.
        case fixed
    }

    struct Malformed: Error {}

    private let message: Span<UInt8>
    private var offset = 0

    @_lifetime(copy message)
    init(_ message: Span<UInt8>) { self.message = message }

    /// The next field and its value; nil at the end of the message.
    @_lifetime(self: copy self)
    mutating func next() throws(Malformed) -> (field: UInt64, value: Value)? {
        guard offset < message.count else { return nil }
        let tag = try varint()
        let field = tag >> 3
        guard field > 0, field < 1 << 29 else { throw Malformed() }
        switch tag & 7 {
        case 0: return (field, .number(try varint()))
        case 1: return (field, try skip(8))
        case 2:
            let size = try varint()
            guard size <= UInt64(message.count - offset) else { throw Malformed() }
            let start = offset
            offset += Int(size)
            return (field, .bytes(start..<offset))
        case 5: return (field, try skip(4))
        // Groups, which are long gone, and what never was.
        default: throw Malformed()
        }
    }

    @_lifetime(self: copy self)
    private mutating func skip(_ count: Int) throws(Malformed) -> Value {
        guard count <= message.count - offset else { throw Malformed() }
        offset += count
        return .fixed
    }

    @_lifetime(self: copy self)
    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<10 {
            guard offset < message.count else { throw Malformed() }
            let byte = message[offset]
            offset += 1
            // The tenth byte has room for one bit.
            guard place < 9 || byte <= 1 else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }
}
