import Crypto
import Testing

@testable import TwostepCore

/// Adding, removing and renaming tokens and security keys: whatever is changed, all others stay as they are.
struct RecordEditingTests {
    private static let step: Int64 = 56_666_667

    private func key(_ id: Int) -> [UInt8] { (0..<(id * 7 % 128 + 1)).map { UInt8(($0 * 31 + id) & 255) } }

    private func token(_ id: Int, kind: Token.Kind = .totp) -> Token {
        Token(
            id: UInt32(id), kind: kind, algorithm: .sha1, digits: 6, period: 30, created: 1,
            label: Array("app \(id)".utf8), key: 0..<0)
    }

    private func record(_ ids: [Int]) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        for id in ids {
            let key = key(id)
            let added = record.add(token(id), key: key.span)
            try #require(added)
        }
        return record
    }

    /// The record has these tokens and no other, each with its own key: oathtool's codes of each are accepted.
    private func hasExactly(_ ids: [Int], _ record: borrowing Record) throws {
        let found = record.tokens.map { Int($0.id) }
        #expect(found == ids)
        for id in 1...8 {
            var copy = try record.copy()
            copy.throttle = Throttle(now: Self.step * 30)
            let verdict = try copy.judge(Authenticator(key: key(id)).code(Self.step), at: Self.step * 30)
            #expect(verdict.isAccepted == ids.contains(id))
            guard case .accepted(let acceptance) = verdict else { continue }
            #expect(acceptance.token == Array("app \(id)".utf8))
        }
    }

    @Test func removingOneKeepsTheOthers() throws {
        for gone in 1...5 {
            var record = try record([1, 2, 3, 4, 5])
            record.spend(1, floor: 1_000, lastUsed: 77)
            let removed = record.removeToken(id: UInt32(gone))
            #expect(removed)
            try hasExactly([1, 2, 3, 4, 5].filter { $0 != gone }, record)
            let spent = record.tokens.first { $0.id == 2 }?.floor
            #expect(spent == (gone == 2 ? nil : 1_000))
            let again = record.removeToken(id: UInt32(gone))
            #expect(!again)
        }
    }

    @Test func removingAndAddingGoesOnForEver() throws {
        var record = try record([1, 2, 3, 4, 5, 6, 7, 8])
        let key = key(8)
        let ninth = record.add(token(9), key: key.span)
        #expect(!ninth)
        for _ in 0..<100 {
            let removed = record.removeToken(id: 8)
            let added = record.add(token(8), key: key.span)
            #expect(removed && added)
        }
        try hasExactly(Array(1...8), record)
        for id in [3, 8, 1, 5, 2, 7, 4, 6] {
            let removed = record.removeToken(id: UInt32(id))
            #expect(removed)
        }
        try hasExactly([], record)
        // What is removed is not in the record's bytes any more.
        let empty = Record(state: .active, confirmed: true, created: 1, changed: 1)
        let (left, none) = (try record.bytes(), try empty.bytes())
        #expect(left == none)
    }

    @Test func aTokenThatIsRefusedChangesNothing() throws {
        var record = try record([1, 2])
        let before = try record.bytes()
        let good = key(3)
        var bad = [token(1), token(0), token(3), token(3), token(3), token(3), token(3)]
        bad[2].digits = 9
        bad[3].period = 14
        bad[4].label = [UInt8](repeating: 0x61, count: 65)
        bad[5].drift = 11
        bad[6].floor = Token.counterLimit + 1
        for token in bad {
            let added = record.add(token, key: good.span)
            #expect(!added)
        }
        for size in [0, 129, 1_000] {
            let key = [UInt8](repeating: 1, count: size)
            let added = record.add(token(3), key: key.span)
            #expect(!added)
        }
        let after = try record.bytes()
        #expect(after == before)
        try hasExactly([1, 2], record)
    }

    @Test func renamingChangesTheNameAlone() throws {
        var record = try record([1, 2, 3])
        for label in [[], Array("phone".utf8), [UInt8](repeating: 0x62, count: 64)] {
            let renamed = record.renameToken(id: 2, to: label)
            #expect(renamed)
            let labels = record.tokens.map(\.label)
            #expect(labels == [Array("app 1".utf8), label, Array("app 3".utf8)])
        }
        let tooLong = record.renameToken(id: 2, to: [UInt8](repeating: 0x62, count: 65))
        let unknown = record.renameToken(id: 4, to: [0x62])
        #expect(!tooLong && !unknown)
        _ = record.renameToken(id: 2, to: Array("app 2".utf8))
        try hasExactly([1, 2, 3], record)
    }

    private func securityKey(_ number: UInt8, label: Int = 3, size: Int = 30) -> SecurityKey {
        SecurityKey(
            label: [UInt8](repeating: 0x61, count: label), publicKey: [UInt8](repeating: number, count: size),
            created: 5)
    }

    @Test func securityKeysAreAddedOnceAndFourAtMost() throws {
        var record = try record([1, 2])
        for number in 1...4 as ClosedRange<UInt8> {
            let added = record.add(securityKey(number))
            let twice = record.add(securityKey(number, label: 5))
            #expect(added && !twice)
        }
        let fifth = record.add(securityKey(5))
        #expect(!fifth)
        let keys = record.securityKeys.map(\.publicKey[0])
        #expect(keys == [1, 2, 3, 4])
        let removed = record.removeSecurityKey(securityKey(2).publicKey)
        let unknown = record.removeSecurityKey(securityKey(2).publicKey)
        #expect(removed && !unknown)
        let (has, gone) = (
            record.hasSecurityKey(securityKey(3).publicKey), record.hasSecurityKey(securityKey(2).publicKey)
        )
        #expect(has && !gone)
        let back = record.add(securityKey(5))
        #expect(back)
        let copy = try record.copy()
        let (kept, now) = (copy.securityKeys, record.securityKeys)
        #expect(kept == now && kept.map(\.publicKey[0]) == [1, 3, 4, 5])
        try hasExactly([1, 2], record)
    }

    @Test func aSecurityKeyOutOfBoundsIsRefused() throws {
        var record = try record([1])
        for (label, size) in [(33, 30), (3, 0), (3, 257)] {
            let added = record.add(securityKey(1, label: label, size: size))
            #expect(!added)
        }
        let early = record.add(SecurityKey(label: [], publicKey: [1], created: -1))
        let strange = record.add(SecurityKey(label: [], publicKey: [1], created: 0, lastUsed: -1))
        #expect(!early && !strange)
        for (label, size) in [(0, 1), (32, 256)] {
            let added = record.add(securityKey(2, label: label, size: size))
            #expect(added)
        }
    }

    @Test func usingASecurityKeyMarksItAlone() throws {
        var record = try record([1])
        for number in 1...3 as ClosedRange<UInt8> {
            let added = record.add(securityKey(number))
            try #require(added)
        }
        let used = record.useSecurityKey(securityKey(2).publicKey, now: 99)
        #expect(used?.lastUsed == 99)
        let times = record.securityKeys.map(\.lastUsed)
        #expect(times == [0, 99, 0])
        let unknown = record.useSecurityKey(securityKey(9).publicKey, now: 99)
        #expect(unknown == nil)
    }
}
