/// One rule of `required` or `exempt`: whom it is about.
package struct Rule: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// `all`, which stands alone.
        case everybody
        case user, group, service, network
    }

    package let kind: Kind
    /// As it is written, such as `group:staff`, without quotes.
    package let text: [UInt8]
    /// Of a network, its address, and how many of its 128 bits count.
    private let address: UInt128
    private let prefix: Int

    private init(_ kind: Kind, _ text: [UInt8], address: UInt128 = 0, prefix: Int = 0) {
        self.kind = kind
        self.text = text
        self.address = address
        self.prefix = prefix
    }

    /// The rule `all`.
    package static var everybody: Rule { Rule(.everybody, [UInt8](text: "all")) }

    /// What stands behind the first colon; empty where nothing does.
    package var name: [UInt8] {
        @inline(never) get {
            guard let colon = text.firstIndex(of: 0x3A) else { return [] }
            return Array(text[(colon + 1)...])
        }
    }

    /// What gives the bytes of a numeric network address, 4 of IPv4 or 16 of IPv6; nil for any other text.
    package typealias AddressReader = ([UInt8]) -> [UInt8]?

    /// Reads `user:NAME`, `group:NAME`, `service:NAME` or `net:CIDR`; nil for anything else.
    init?(_ text: [UInt8], address: AddressReader) {
        let starts: [StaticString] = ["user:", "group:", "service:", "net:"]
        for (index, start) in starts.enumerated() where text.starts(with: [UInt8](text: start)) {
            guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: index + 1)) else { return nil }
            self.init(kind, text)
            let name = name
            if kind == .network {
                guard let (address, prefix) = Rule.network(name, address: address) else { return nil }
                self.init(kind, text, address: address, prefix: prefix)
                return
            }
            // A comma or colon is in no name: `user:alice,bob` would be a rule about nobody. libpam writes a service's
            // name in lower case: another one would never be met.
            guard (1...256).contains(name.count) else { return nil }
            for byte in name
            where byte == 0x2C || byte == 0x3A || kind == .service && (byte == 0x2F || byte != byte.lowercased) {
                return nil
            }
            return
        }
        return nil
    }

    /// Reads an address, alone or with the number of its bits that count (RFC 4632 section 3.1, RFC 4291 section 2.3).
    /// The other bits must be zero: who writes 10.1.2.3/8 may mean either.
    private static func network(_ cidr: [UInt8], address: AddressReader) -> (UInt128, prefix: Int)? {
        let parts = cidr.parts(separatedBy: 0x2F)
        guard parts.count <= 2, let bytes = address(parts[0]) else { return nil }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard let given = parts[1].decimal, given <= bits else { return nil }
            bits = given
        }
        let prefix = 128 - bytes.count * 8 + bits
        let number = number(ofAddress: bytes)
        return number & ~Rule.mask(prefix) == 0 ? (number, prefix) : nil
    }

    /// The number of an address, 4 or 16 bytes in network order. IPv4 is what it is as IPv6 (RFC 4291 section 2.5.5.2).
    package static func number(ofAddress bytes: [UInt8]) -> UInt128 {
        var number: UInt128 = bytes.count == 4 ? 0xFFFF : 0
        for byte in bytes { number = number << 8 | UInt128(byte) }
        return number
    }

    /// The first `prefix` of 128 bits, 0 to 128. Of two halves, since a shift of 128 bits by a number that only the running
    /// program knows would be a function of libgcc's, which the module does not link.
    private static func mask(_ prefix: Int) -> UInt128 {
        let high = ~(UInt64.max >> UInt64(clamping: min(prefix, 64)))
        let low = ~(UInt64.max >> UInt64(clamping: max(prefix - 64, 0)))
        return UInt128(high) << 64 | UInt128(low)
    }

    /// Whether an address lies in this network. Those of IPv4 lie in networks of IPv4 alone: `::/0` is all of IPv6.
    func holds(_ other: UInt128) -> Bool {
        (address ^ other) & Rule.mask(prefix) == 0 && (address >> 32 == 0xFFFF) == (other >> 32 == 0xFFFF)
    }
}

extension Rule {
    /// The words of a list, separated by blanks; one that has blanks in it stands in double quotes.
    ///
    /// - Returns: nil where a quote does not end, or begins within a word.
    package static func words(_ list: [UInt8]) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var start = 0
        var isQuoted = false
        for index in 0...list.count {
            let byte = index < list.count ? list[index] : 0x20
            if byte == 0x22 {
                // Only around a word.
                guard isQuoted || index == start else { return nil }
                isQuoted.toggle()
                if isQuoted { start = index + 1 }
            }
            guard !isQuoted, byte.isBlank || byte == 0x22 else { continue }
            if index > start { words.append(Array(list[start..<index])) }
            start = index + 1
        }
        return isQuoted ? nil : words
    }
}
