/// Where an attempt comes from, as far as that can be relied on (docs/adr/0010-throttle.md). Whatever has no source here,
/// such as a host name that somebody's DNS answered, belongs to the rest of the world.
package struct Source: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// A caller that is not root: `sudo`, `su`, a screen locker. The number is its real uid.
        case uid = 1
        /// A terminal of this machine. The number is 0: names of terminals are recycled.
        case console = 2
        /// An IPv4 address. The number is its 32 bits.
        case address = 4
        /// An IPv6 network: the number is the first 64 bits of the address, since one host owns the rest.
        case network = 6
    }

    package let kind: Kind
    package let number: UInt64

    package init(_ kind: Kind, _ number: UInt64) {
        self.kind = kind
        self.number = number
    }

    /// The source that an address stands for: 4 bytes of IPv4, or 16 of IPv6, in network order; nil for another size.
    /// IPv4 written as IPv6 (RFC 4291 section 2.5.5.2), or behind the well-known prefix of a translator (`64:ff9b::/96`, RFC
    /// 6052 section 2.1), is the IPv4 address: all of IPv4 would be one network else.
    package init?(address: [UInt8]) {
        let isWide = address.count == 16
        let mapped =
            isWide && address[4..<10].allSatisfy { $0 == 0 }
            && (address[..<4].allSatisfy { $0 == 0 } && address[10] & address[11] == 0xFF
                || address[..<4].elementsEqual([0x00, 0x64, 0xFF, 0x9B]) && address[10] | address[11] == 0)
        switch address.count {
        case 4: self.init(.address, Source.number(address[...]))
        case 16: self.init(mapped ? .address : .network, Source.number(mapped ? address[12...] : address[..<8]))
        default: return nil
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        for byte in bytes { number = number << 8 | UInt64(byte) }
        return number
    }
}
