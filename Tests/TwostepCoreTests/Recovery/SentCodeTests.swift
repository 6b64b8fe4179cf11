import Crypto
import Testing

@testable import TwostepCore

/// A code that was sent: how long it counts, for whom, how often, and what is kept of it.
struct SentCodeTests {
    private static let code = "7K3M9QXZ"
    private static let other = "7K3M9QXA"
    private static let salt = [UInt8](repeating: 7, count: CodeHash.saltSize)

    /// Has a code sent; why not, where it is not.
    private func send(_ record: inout Record, _ code: String = code, at now: Int64 = Sample.now) throws -> NotSent? {
        let crypto = try Libcrypto.load()
        return try record.send(Array(code.utf8).span, salt: Self.salt, now: now, crypto: crypto)
    }

    private func present(
        _ record: inout Record, _ typed: String = code, from source: Source? = nil, at now: Int64 = Sample.now
    ) throws -> Verdict {
        let crypto = try Libcrypto.load()
        return try record.present(sent: Array(typed.utf8).span, from: source, now: now, crypto: crypto)
    }

    private static let accepted = Verdict.accepted(Acceptance(method: .sentCode, token: [], backupCodesLeft: 0))

    @Test func itCountsOnce() throws {
        var record = try Sample.record()
        #expect(try send(&record) == nil)
        #expect(try present(&record, at: Sample.now + 20) == Self.accepted)
        #expect(try record.sentCode().outstanding == nil)
        #expect(try present(&record, at: Sample.now + 21) == .refused(.wrongCode))
    }

    /// Five minutes, to the second; a clock that was set back opens nothing.
    @Test func fiveMinutes() throws {
        for (later, verdict) in [
            (0, Self.accepted), (299, Self.accepted), (300, .refused(.wrongCode)), (301, .refused(.wrongCode)),
            (-1, .refused(.wrongCode)), (-3600, .refused(.wrongCode)),
        ] as [(Int64, Verdict)] {
            var record = try Sample.record()
            #expect(try send(&record) == nil)
            #expect(try present(&record, at: Sample.now + later) == verdict, "\(later) s")
        }
    }

    @Test func threeWrongAnswersVoidIt() throws {
        for wrong in 0...3 {
            var record = try Sample.record()
            #expect(try send(&record) == nil)
            var now = Sample.now
            for _ in 0..<wrong {
                #expect(try present(&record, Self.other, at: now) == .refused(.wrongCode))
                // Until then nothing is looked at, and nothing charged, as after a wrong backup code.
                now += Record.backupCodePause
                #expect(try present(&record, at: now - 1) == .refused(.tooSoon(until: now)))
                #expect(try present(&record, Self.other, at: now - 1) == .refused(.tooSoon(until: now)))
            }
            #expect(try present(&record, at: now) == (wrong < 3 ? Self.accepted : .refused(.wrongCode)), "\(wrong)")
        }
    }

    /// The pause is that of backup codes, in the group of sources that it happened in.
    @Test func theThrottleIsThatOfBackupCodes() throws {
        var record = try Sample.record()
        let home = Source(.address, 0xC000_0207)
        record.throttle.succeed(from: home, at: Sample.now)
        #expect(try send(&record) == nil)
        #expect(try present(&record, Self.other) == .refused(.wrongCode))
        let end = Sample.now + Record.backupCodePause
        #expect(record.throttle.world.backupCodes.end(at: Sample.now) == end)
        #expect(try present(&record) == .refused(.tooSoon(until: end)))
        #expect(try present(&record, from: home) == Self.accepted)
        // Where single codes are not looked at any more it counts all the same, and what let somebody in opens their door.
        record = try Sample.record()
        record.throttle.worldPurse = Purse(
            failures: 5, closure: Pause(since: Sample.now, duration: 900))
        #expect(try send(&record) == nil)
        #expect(try present(&record, from: home) == Self.accepted)
        #expect(record.throttle.place(of: home, at: Sample.now) == .known(0))
    }

    /// No guess: neither charged nor followed by a pause.
    @Test(arguments: ["", "7K3M9QX", "7K3M9QXZ0", "07081804X"])
    func whatHasNotTheForm(typed: String) throws {
        var record = try Sample.record()
        #expect(try send(&record) == nil)
        record.throttle.settle(at: Sample.now)
        let before = array(try record.encoded())
        for _ in 0..<5 { #expect(try present(&record, typed) == .refused(.malformed)) }
        #expect(array(try record.encoded()) == before)
        #expect(try present(&record) == Self.accepted)
    }

    @Test func oneAtATimeAndThreeInAnHour() throws {
        var record = try Sample.record()
        var now = Sample.now
        for number in 0..<3 {
            #expect(try send(&record, at: now) == nil)
            // Whoever waits for it does not lose it.
            #expect(try send(&record, Self.other, at: now + 299) == .stillCounts)
            if number == 1 { #expect(try present(&record, at: now + 299) == Self.accepted) }
            now += 300
        }
        // Neither used nor void, the limit is the same.
        #expect(try send(&record, at: now) == .tooMany)
        #expect(try send(&record, at: Sample.now + 3599) == .tooMany)
        #expect(try send(&record, at: Sample.now + 3600) == nil)
        #expect(try send(&record, at: Sample.now + 3900) == nil)
        #expect(try record.sentCode().times.count == 3)
        // A clock that is set back allows no more; one that was years ahead does not count for years.
        #expect(try send(&record, at: Sample.now + 3500) == .tooMany)
        #expect(try send(&record, at: Sample.now - 1_000_000) == nil)
    }

    @Test(arguments: [Record.State.pending, .mustReenrol, .disabled])
    func onlyWhoIsLetIn(state: Record.State) throws {
        let refusals: [Record.State: Refusal] = [
            .pending: .notEnrolled, .mustReenrol: .mustReenrol, .disabled: .disabled,
        ]
        var record = try Sample.record()
        record.state = state
        #expect(try send(&record) == .notActive)
        #expect(try record.sentCode() == SentCode())
        record.state = .active
        #expect(try send(&record) == nil)
        record.state = state
        #expect(try present(&record) == .refused(try #require(refusals[state])))
    }

    @Test func nothingWasSent() throws {
        var record = try Sample.record()
        #expect(try present(&record) == .refused(.wrongCode))
        // Not what thirty-two zero bytes, or an empty key, would be the hash of.
        #expect(try record.sentCode() == SentCode())
        #expect(record.throttle.world.backupCodes.end(at: Sample.now) != nil)
    }

    /// It is the person who has proven something, not the app.
    @Test func anUnconfirmedTokenStaysOne() throws {
        var record = try Sample.record()
        record.confirmed = false
        #expect(try send(&record) == nil)
        #expect(try present(&record) == Self.accepted)
        #expect(record.confirmed == false)
    }

    /// Whoever gets back in, and whoever restores, voids it; a record in place of another one sends no more for that.
    @Test func whatVoidsIt() throws {
        let crypto = try Libcrypto.load()
        var lost = try Lost.record()
        #expect(try send(&lost) == nil)
        let token = RecoveryToken.read(Array(Lost.token.utf8).span)
        _ = try lost.present(recovery: token, answers: Lost.right, from: nil, now: Sample.now, crypto: crypto)
        #expect(lost.state == .mustReenrol)
        #expect(try lost.sentCode() == SentCode(times: [Sample.now]))
        var restored = try Sample.record()
        #expect(try send(&restored) == nil)
        try restored.voidWhatWasGivenOut()
        #expect(try present(&restored) == .refused(.wrongCode))
        var old = try Sample.record()
        for time in [Sample.now - 900, Sample.now - 600, Sample.now - 300] {
            #expect(try send(&old, at: time) == nil)
        }
        var new = try Sample.record()
        try new.takeOver(from: old)
        #expect(try present(&new, at: Sample.now - 300) == .refused(.wrongCode))
        #expect(try send(&new) == .tooMany)
    }

    /// Law 9: somebody who has the password asks for codes and guesses at them, as fast as either is let happen, from
    /// unknown sources and from the owner's. What a day allows says what a year does, and it is nothing beside other guesses.
    @Test func guessingDoesNotPay() throws {
        var record = try Sample.record()
        let home = Source(.address, 0xC000_0207)
        record.throttle.succeed(from: home, at: Sample.now)
        let day: Int64 = 86_400
        var (sent, guesses) = (0, 0)
        for now in stride(from: Sample.now, to: Sample.now + day, by: Int64.Stride(Record.backupCodePause)) {
            if try record.sentCode().outstanding?.isOpen(at: now) != true {
                if try send(&record, at: now) == nil { sent += 1 }
            }
            for source in [nil, home] {
                let isOpen = try record.sentCode().outstanding?.isOpen(at: now) == true
                guard isOpen, try present(&record, Self.other, from: source, at: now) == .refused(.wrongCode) else {
                    continue
                }
                guesses += 1
            }
        }
        #expect(sent == 24 * SentCode.hourly && guesses == sent * SentCode.wrongLimit)
        // Eight of 32 characters, at least one of them no digit.
        #expect(Double(guesses) * 365 / (1_099_511_627_776 - 100_000_000) < 1e-7)
    }

    /// By Python's hmac.
    @Test func theHashIsHMAC() throws {
        let crypto = try Libcrypto.load()
        let hash = try SentCode.hash(Array(Self.code.utf8).span, salt: Array(0..<16), crypto: crypto)
        #expect(hex(hash) == "083cbcf2e4f5ea46530ebec4567d7de61fa5287b36b24586cea8577913e81e44")
    }

    // MARK: The section

    private static let outstanding = SentCode.Outstanding(
        made: 0x0102, wrong: 2, salt: [UInt8](repeating: 5, count: 16), hash: [UInt8](repeating: 6, count: 32))
    /// By hand, from docs/file-format.md.
    private static let times: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10]
    private static let kept: [UInt8] =
        [0, 0, 0, 0, 0, 0, 1, 2, 2] + [UInt8](repeating: 5, count: 16) + [UInt8](repeating: 6, count: 32)

    @Test func theSectionIsAsTheDocumentSays() throws {
        for (value, bytes) in [
            (SentCode(times: [11, 10], outstanding: Self.outstanding), Self.times + Self.kept),
            (SentCode(times: [11, 10]), Self.times),
        ] {
            #expect(array(value.encode()) == bytes)
            #expect(try SentCode.decode(bytes.span) == value)
        }
    }

    @Test func nothingElseIsTaken() {
        let whole = Self.times + Self.kept
        for count in 0..<whole.count where count != Self.times.count {
            #expect(throws: DecodeError.malformed, "\(count)") {
                _ = try SentCode.decode(Array(whole.prefix(count)).span)
            }
        }
        for bytes in [whole + [0], [0], [0] + Self.kept, [4] + [UInt8](repeating: 0, count: 32)] {
            #expect(throws: DecodeError.malformed) { _ = try SentCode.decode(bytes.span) }
        }
        for (place, byte) in [(1, 0x80), (17, 0x80), (25, 3)] as [(Int, UInt8)] {
            var bytes = whole
            bytes[place] = byte
            #expect(throws: DecodeError.malformed, "\(byte) at \(place)") { _ = try SentCode.decode(bytes.span) }
        }
    }

    /// Whatever bit of a section is flipped, it is read as something or refused, and the code that was sent opens nothing
    /// where its salt or hash is another one.
    @Test func flippedBits() throws {
        var record = try Sample.record()
        #expect(try send(&record) == nil)
        let section = array(try record.sentCode().encode())
        for bit in 0..<(8 * section.count) {
            var bytes = section
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let sent = try? SentCode.decode(bytes.span) else { continue }
            #expect(array(sent.encode()) == bytes)
            var copy = try Sample.record()
            try copy.keep(sent)
            let verdict = try present(&copy)
            if bit / 8 > 17 { #expect(verdict == .refused(.wrongCode), "bit \(bit)") }
        }
    }
}
