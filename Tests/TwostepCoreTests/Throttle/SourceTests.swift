import Testing

@testable import TwostepCore

/// Where somebody comes from: one address, one network of a host's own, and nothing that nobody can tell.
struct SourceTests {
    private func v6(_ groups: UInt16...) -> [UInt8] { groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }

    @Test func anIPv4AddressIsItself() {
        #expect(Source(address: [192, 0, 2, 7]) == Source(.address, 0xC000_0207))
        #expect(Source(address: [192, 0, 2, 7]) != Source(address: [192, 0, 2, 6]))
        #expect(Source(address: [255, 255, 255, 255]) == Source(.address, 0xFFFF_FFFF))
    }

    @Test func anIPv6AddressIsItsNetworkOf64Bits() {
        let host = Source(address: v6(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6))
        #expect(host == Source(.network, 0x2001_0db8_0001_0002))
        #expect(host == Source(address: v6(0x2001, 0xdb8, 1, 2, 0xFFFF, 0, 0, 1)))
        #expect(host != Source(address: v6(0x2001, 0xdb8, 1, 3, 3, 4, 5, 6)))
    }

    /// Behind a translator (NAT64) all of IPv4 has one network: what counts is the address in it.
    @Test func translatedIPv4IsItsAddress() {
        #expect(Source(address: v6(0x64, 0xFF9B, 0, 0, 0, 0, 0xC000, 0x0207)) == Source(address: [192, 0, 2, 7]))
        for other in [v6(0x64, 0xFF9B, 1, 0, 0, 0, 0xC000, 0x0207), v6(0x64, 0xFF9B, 0, 0, 0, 1, 0xC000, 0x0207)] {
            #expect(Source(address: other)?.kind == .network)
        }
    }

    @Test func anIPv4AddressWrittenAsIPv6IsTheIPv4Address() {
        let mapped = v6(0, 0, 0, 0, 0, 0xFFFF, 0xC000, 0x0207)
        #expect(Source(address: mapped) == Source(address: [192, 0, 2, 7]))
        // One bit off, and it is an IPv6 address like any other.
        for bit in 0..<96 {
            var other = mapped
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Source(address: other)?.kind == .network)
        }
    }

    /// A network and an address, or a uid and the console, are never the same source.
    @Test func kindsAreApart() {
        let kinds: [Source.Kind] = [.uid, .console, .address, .network]
        for one in kinds {
            for other in kinds { #expect((Source(one, 0) == Source(other, 0)) == (one == other)) }
        }
    }

    @Test(arguments: [0, 1, 3, 5, 8, 15, 17, 100]) func noOtherSizeIsAnAddress(size: Int) {
        #expect(Source(address: [UInt8](repeating: 1, count: size)) == nil)
    }
}
