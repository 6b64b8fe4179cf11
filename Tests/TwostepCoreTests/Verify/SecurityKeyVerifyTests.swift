import Testing

@testable import TwostepCore

/// Somebody whom a security key has signed in: only a registered one, and only on a record that is active.
struct SecurityKeyVerifyTests {
    private let now = Sample.now
    private let home = Source(.address, 1)
    private let key = Array("sk-ssh-ed25519@openssh.com AAAA".utf8)

    private func record(_ state: Record.State = .active) throws -> Record {
        var record = try Sample.record(backupCodes: ["AAAA-BBBB"])
        record.state = state
        let added = record.add(SecurityKey(label: Array("yubi".utf8), publicKey: key, created: 1))
        try #require(added)
        return record
    }

    @Test func aRegisteredKeyIsAcceptedAndItsUseIsNoted() throws {
        var record = try record()
        record.throttle.worldPurse = Purse(failures: 9, closure: Pause(since: now, duration: 900))
        let expected = Acceptance(method: .securityKey, token: Array("yubi".utf8), backupCodesLeft: 1)
        #expect(verifySecurityKey(&record, key, source: home, now: now) == .accepted(expected))
        #expect(verifySecurityKey(&record, key, source: home, now: now + 5) == .accepted(expected))
        let (used, purse) = (record.securityKeys[0].lastUsed, record.throttle.worldPurse)
        #expect(used == now + 5 && purse == Purse())
        let place = record.throttle.place(of: home, at: now)
        #expect(place == .known(0))
    }

    @Test func anyOtherKeyIsRefusedAndChangesNothing() throws {
        var record = try record()
        let text = try record.bytes()
        for other in [[], Array(key.dropLast()), key + [0x0A], key + [0x20], key.map { $0 ^ 1 }, Array("yubi".utf8)] {
            #expect(verifySecurityKey(&record, other, source: home, now: now) == .refused(.notEnrolled))
        }
        let after = try record.bytes()
        #expect(after == text)
    }

    @Test(arguments: [Record.State.pending, .mustReenrol, .disabled])
    func onlyAnActiveRecordCounts(state: Record.State) throws {
        var record = try record(state)
        #expect(verifySecurityKey(&record, key, source: home, now: now) == .refused(.notEnrolled))
        let (used, sources) = (record.securityKeys[0].lastUsed, record.throttle.sources)
        #expect(used == 0 && sources.isEmpty)
    }

    @Test func strangeClocksDoNotTrap() throws {
        for time in [Int64.min, -1, 0, 1, .max / 2, .max] {
            var record = try record()
            #expect(verifySecurityKey(&record, key, source: home, now: time).isAccepted)
            let after = try record.copy()
            let (used, known) = (after.securityKeys[0].lastUsed, after.throttle.sources)
            #expect(used >= 0 && known.count == 1)
        }
    }
}
