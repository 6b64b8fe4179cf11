/// docs/protocol.md, read a second time: shares no code with the project's codec.
struct ByDocument {
    /// What stands next in a stream that ends.
    enum Next: Equatable {
        case frame(UInt8, [UInt8])
        case malformed
        case ended
    }

    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// The table of frames: the shortest and the longest payload, by type.
    static let sizes: [UInt8: ClosedRange<Int>] = [
        1: 1...4096, 2: 1...1025, 3: 1...1024, 4: 1...1024, 5: 0...513, 6: 1...1, 7: 0...0, 8: 0...513, 9: 0...0,
        10: 1...4096, 11: 1...1025,
    ]

    mutating func next() -> Next {
        let head = Array(rest.prefix(3))
        guard head.count == 3 else { return .ended }
        let count = Int(head[1]) * 256 + Int(head[2])
        guard let allowed = ByDocument.sizes[head[0]], allowed.contains(count) else { return .malformed }
        let payload = Array(rest.dropFirst(3).prefix(count))
        guard payload.count == count else { return .ended }
        rest = rest.dropFirst(3 + count)
        return .frame(head[0], payload)
    }

    /// A hello's fields.
    struct Greeting: Equatable {
        let uid: UInt32
        let isSilent: Bool
        let isAnswered: Bool
        let texts: [[UInt8]]
    }

    enum Reading: Equatable {
        case greeting(Greeting)
        case malformed
        case otherVersion
    }

    static func hello(_ payload: [UInt8]) -> Reading {
        guard payload.count >= 2 else { return .malformed }
        guard payload[0] == 0, payload[1] == 1 else { return .otherVersion }
        guard payload.count >= 8, payload[6] < 4, payload[7] >= 5, payload[7] <= 21 else { return .malformed }
        let uid = payload[2..<6].reduce(UInt32(0)) { $0 * 256 + UInt32($1) }
        var texts: [[UInt8]] = []
        var rest = payload[8...]
        while texts.count < payload[7] {
            let size = Array(rest.prefix(2))
            guard size.count == 2 else { return .malformed }
            let count = Int(size[0]) * 256 + Int(size[1])
            let text = Array(rest.dropFirst(2).prefix(count))
            guard text.count == count, count <= 1024, text.allSatisfy({ $0 != 0 }) else { return .malformed }
            texts.append(text)
            rest = rest.dropFirst(2 + count)
        }
        guard rest.isEmpty else { return .malformed }
        return .greeting(Greeting(uid: uid, isSilent: payload[6] % 2 == 1, isAnswered: payload[6] >= 2, texts: texts))
    }

    static func frame(_ type: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        [type, UInt8(payload.count / 256), UInt8(payload.count % 256)] + payload
    }
}
