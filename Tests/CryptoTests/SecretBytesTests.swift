import Crypto
import Foundation
import Testing

@Suite struct SecretBytesTests {
    @Test(arguments: [1, 2, 16, 4095, 4096, 4097, 1 << 20]) func `the capacity is what was asked for`(count: Int) {
        var secret = SecretBytes(capacity: count)
        #expect(secret.capacity == count)
        #expect(secret.count == 0 && secret.bytes.count == 0)
        for index in 0..<count {
            guard secret.append(UInt8(truncatingIfNeeded: index)) else {
                Issue.record("byte \(index) was refused")
                return
            }
        }
        #expect(secret.count == count)
        let tooMuch = secret.append(1)
        #expect(!tooMuch)
        #expect(secret.count == count)
        let held = array(secret)
        #expect(held.indices.allSatisfy { held[$0] == UInt8(truncatingIfNeeded: $0) })
    }

    @Test func `all of a span or nothing is taken`() {
        var secret = SecretBytes(capacity: 5)
        let three: [UInt8] = [1, 2, 3]
        let empty: [UInt8] = []
        let first = secret.append(contentsOf: three.span)
        let second = secret.append(contentsOf: three.span)
        let none = secret.append(contentsOf: empty.span)
        #expect(first && !second && none)
        #expect(array(secret) == [1, 2, 3])
    }

    @Test func `copies are apart`() {
        let original: [UInt8] = [1, 2, 3]
        var first = SecretBytes(copying: original.span)
        var second = first.copy()
        var room = first.mutableBytes
        room[0] = 9
        room = second.mutableBytes
        room[2] = 8
        #expect(array(first) == [9, 2, 3])
        #expect(array(second) == [1, 2, 8])
        #expect(array(SecretBytes(copying: [UInt8]().span)) == [])
    }

    @Test func `zeroes are zeroes, also where a secret was before`() {
        for _ in 0..<100 {
            var secret = SecretBytes(zeroes: 4096)
            #expect(array(secret).allSatisfy { $0 == 0 })
            var room = secret.mutableBytes
            for index in room.indices { room[index] = 0xaa }
        }
    }

    /// Where the bytes are.
    private func address(_ secret: borrowing SecretBytes) -> UInt {
        // SAFETY: the address is only looked at as a number.
        unsafe secret.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }

    /// What this process's memory holds at `address`; nil where nothing is mapped.
    private func memory(at address: UInt, count: Int) throws -> [UInt8]? {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/mem"))
        try file.seek(toOffset: UInt64(address))
        return (try? file.read(upToCount: count)).flatMap { $0.map(Array.init) }
    }

    @Test func `wiping leaves zeroes in memory`() throws {
        let pattern = try randomBytes(64)
        var secret = SecretBytes(copying: pattern.span)
        let place = address(secret)
        #expect(try memory(at: place, count: 64) == pattern)
        secret.wipe()
        #expect(secret.count == 0 && secret.capacity == 64)
        #expect(try memory(at: place, count: 64) == [UInt8](repeating: 0, count: 64))
        let fitted = secret.append(contentsOf: pattern.span)
        #expect(fitted)
    }

    @Test func `nothing is left when the value ends`() throws {
        let pattern = try randomBytes(64)
        var place: UInt = 0
        do {
            let secret = SecretBytes(copying: pattern.span)
            place = address(secret)
            #expect(try memory(at: place, count: 64) == pattern)
        }
        #expect(try memory(at: place, count: 64) != pattern)
    }

    /// The flags of the mapping at `address`; see proc(5), VmFlags.
    private func flags(at address: UInt) throws -> [Substring] {
        // Files in /proc say that they are empty, so they must be read to their end.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var inside = false
        for line in text.split(separator: "\n") {
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2 { inside = (bounds[0]..<bounds[1]).contains(address) }
            if inside, line.hasPrefix("VmFlags:") { return line.split(separator: " ") }
        }
        return []
    }

    @Test(arguments: [1, 4096, 100_000]) func `secrets stay out of core dumps`(count: Int) throws {
        let secret = SecretBytes(zeroes: count)
        let first = try flags(at: address(secret))
        let last = try flags(at: address(secret) + UInt(count) - 1)
        #expect(first.contains("dd") && last.contains("dd"))
        let ordinary = try unsafe [UInt8](repeating: 1, count: 1 << 20).withUnsafeBufferPointer {
            // SAFETY: the address is only looked at as a number.
            try flags(at: UInt(bitPattern: $0.baseAddress))
        }
        #expect(!ordinary.isEmpty && !ordinary.contains("dd"))
    }

    @Test func `random bytes differ each time`() throws {
        var seen: Set<[UInt8]> = []
        for _ in 0..<200 {
            #expect(seen.insert(array(try SecretBytes.random(16))).inserted)
            #expect(seen.insert(try randomBytes(16)).inserted)
        }
        for count in [1, 255, 256, 257, 4096] {
            #expect(try SecretBytes.random(count).count == count)
            #expect(try randomBytes(count).count == count)
        }
        // Of 4,096 random bytes, all 256 values are there but once in 30 million times.
        #expect(Set(array(try SecretBytes.random(4096))).count > 250)
    }
}
