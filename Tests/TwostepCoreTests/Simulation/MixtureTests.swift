import Crypto
import Testing

@testable import TwostepCore

/// Somebody who has the password and the owner's mailbox, and plays codes, backup codes, sent codes, tokens and answers all together,
/// each as fast as anything is looked at, for a year (law 9).
private struct Mixture: ~Copyable {
    static let start = Sample.now
    static let year: Int64 = 365 * 86_400
    static let home = Source(.address, 0xC000_0207)
    /// Backup codes and wrong tokens are looked at every few seconds all year; these stretches of it stand for all.
    static let stretches = 12
    static let stretch: Int64 = 300
    /// How long whoever likes the other better waits when there is no guess left.
    static let patience: Int64 = 30 * 86_400

    enum Guess: Equatable, Sendable { case code, answers, backupCode, token, sentCode }

    /// Of codes and answers, what the attacker would rather guess at; nil for either, whatever is looked at.
    let favourite: Guess?
    var record: Record
    private let crypto: Libcrypto
    private var generator: SeededGenerator
    /// By group: the world, and the owner's own address.
    private(set) var codes = [0, 0]
    private(set) var answers = [0, 0]
    /// Backup codes, sent codes and tokens that were looked at in the stretches.
    private(set) var looks = [0, 0]
    private(set) var backupCodes = 0
    private(set) var sentCodes = 0
    /// What single codes were charged, in units, each the chance of one code of eight digits.
    private(set) var charged: Int64 = 0

    init(favourite: Guess?, seed: UInt64) throws {
        let crypto = try Libcrypto.load()
        var record = try Sample.record(digits: 6, backupCodes: Scenario.backupCodes)
        let questions = [Array("First pet?".utf8), Array("Born where?".utf8)]
        try record.keep(SecurityAnswers(questions, hashes: Lost.right, set: 5))
        record.throttle = Throttle(now: Mixture.start)
        record.throttle.succeed(from: Mixture.home, at: Mixture.start)
        self.favourite = favourite
        self.crypto = crypto
        self.record = record
        generator = SeededGenerator(seed: seed)
    }

    /// - Parameter groups: whether the attacker also sits at the owner's address.
    mutating func run(_ groups: Range<Int>) throws {
        var queue: [(time: Int64, group: Int, guess: Guess, end: Int64)] = []
        let end = Mixture.start + Mixture.year
        for group in groups {
            for guess in [Guess.code, .answers] {
                queue.append((Mixture.start + (likes(guess) ? 60 : 86_400), group, guess, end))
            }
            for number in 0..<Int64(Mixture.stretches) {
                let part = Mixture.year / Int64(Mixture.stretches)
                let from = Mixture.start + number * part + Int64.random(in: 0..<(part / 2), using: &generator)
                // First, and every other turn: all of them share one.
                if number % 3 == 0 { queue.append((from, group, .sentCode, from + Mixture.stretch)) }
                queue.append((from, group, .backupCode, from + Mixture.stretch))
                queue.append((from + 5, group, .token, from + Mixture.stretch))
            }
        }
        var login = Mixture.start
        while let index = queue.indices.min(by: { queue[$0].time < queue[$1].time }) {
            let (now, group, guess, until) = queue[index]
            // The owner, once a day: what resets a closure must not bring a guess.
            if now - login > 86_400 {
                login = now
                record.throttle.succeed(from: Mixture.home, at: now)
            }
            let next = try play(guess, group, at: now)
            if next < until { queue[index].time = next } else { queue.remove(at: index) }
        }
    }

    /// Guesses once, and says when to guess again.
    private mutating func play(_ guess: Guess, _ group: Int, at now: Int64) throws -> Int64 {
        let stranger = Source(.address, UInt64.random(in: 1...(1 << 31), using: &generator))
        let source = group == 0 ? stranger : Mixture.home
        switch guess {
        case .code: return try guessCode(group, source, at: now)
        case .answers: return try guessAnswers(group, source, at: now)
        case .backupCode: return try guessBackupCode(group, source, at: now)
        case .token:
            let presented = try record.present(recovery: Lost.otherToken, answers: Lost.right, from: source, at: now)
            if case .tooSoon(let until) = presented { return max(until, now + 1) }
            #expect(presented == .wrongToken)
            looks[group] += 1
            return now
        case .sentCode: return try guessSentCode(group, source, at: now)
        }
    }

    /// Whoever waits for longer than a day is credited a day only.
    private func wait(_ guess: Guess, _ until: Int64, at now: Int64) -> Int64 {
        likes(guess) ? min(max(until, now + 1), now + 86_400) : now + Mixture.patience
    }

    private func likes(_ guess: Guess) -> Bool { favourite == nil || favourite == guess }

    private mutating func guessCode(_ group: Int, _ source: Source, at now: Int64) throws -> Int64 {
        record.throttle.settle(at: now)
        let place: Throttle.Place = group == 0 ? .world : .known(0)
        let before = record.throttle[share: place].budget.level
        let digits = (0..<6).map { _ in UInt8.random(in: 48...57, using: &generator) }
        switch try judge(digits, SecretBytes(capacity: 0), source, at: now) {
        case .refused(.wrongCode):
            codes[group] += 1
            charged += (before - record.throttle[share: place].budget.level) / 86_400
            return now
        case .refused(.locked(let until)): return wait(.code, until, at: now)
        case let other:
            Issue.record("a code was answered \(other)")
            return now + 30
        }
    }

    private mutating func guessBackupCode(_ group: Int, _ source: Source, at now: Int64) throws -> Int64 {
        let wrong = record.backupCodes.setting + [UInt8](repeating: 0x2E, count: BackupCodeSet.tailSize)
        switch try judge(Array("ABCDEFGH".utf8), secret(wrong), source, at: now) {
        case .refused(.wrongCode):
            looks[group] += 1
            backupCodes += 1
            return now
        case .refused(.tooSoon(let until)): return max(until, now + 1)
        case let other:
            Issue.record("a backup code was answered \(other)")
            return now + 10
        }
    }

    /// At one that is sent where one may be.
    private mutating func guessSentCode(_ group: Int, _ source: Source, at now: Int64) throws -> Int64 {
        let (code, wrong) = (Array("7K3M9QXZ".utf8), Array("ABCDEFGH".utf8))
        _ = try record.send(code.span, salt: Array(0..<16), now: now, crypto: crypto)
        switch try record.present(sent: wrong.span, from: source, now: now, crypto: crypto) {
        case .refused(.wrongCode):
            looks[group] += 1
            sentCodes += 1
            return now + Record.backupCodePause + 1
        case .refused(.tooSoon(let until)): return max(until, now + 1)
        case let other:
            Issue.record("a sent code was answered \(other)")
            return now + 10
        }
    }

    private mutating func judge(
        _ typed: [UInt8], _ hash: consuming SecretBytes, _ source: Source, at now: Int64
    ) throws -> Verdict {
        let attempt = Attempt(code: TypedCode.read(typed.span), backupHash: hash, source: source)
        return try verify(&record, attempt, rules: VerificationRules(), now: now, crypto: crypto)
    }

    /// With the token of a mail; where that is void, with the next one that may be asked for.
    private mutating func guessAnswers(_ group: Int, _ source: Source, at now: Int64) throws -> Int64 {
        let wrong = [Lost.right[0], Lost.right[0]]
        switch try record.present(recovery: Lost.token, answers: wrong, from: source, at: now) {
        case .wrongAnswers:
            answers[group] += 1
            // Nothing makes them wait: those at the other address have their turn.
            return now + Record.backupCodePause
        case .locked(_, let until): return wait(.answers, until, at: now)
        case .wrongToken, .void, .expired:
            var recovery = try record.recovery()
            guard recovery.mayRequest(at: now) else { return now + 3_600 }
            recovery.countRequest(at: now)
            try record.keep(recovery)
            let mailed = try #require(try Lost.mailed(now, crypto))
            try record.give(mailed)
            return now + 11
        case let other:
            Issue.record("answers were answered \(other)")
            return now + 3_600
        }
    }

    /// The chance that a code, a backup code, a sent code or a token of the year was right: at most their sum. Eight of 32
    /// characters, at least one of them no digit; ten backup codes, one that is sent; a token's chance is nothing beside it.
    var chance: Double {
        let yearly = Double(Mixture.year) / Double(Mixture.stretch * Int64(Mixture.stretches))
        return Double(charged) * 1e-8 + Double(backupCodes * 10 + sentCodes) * yearly
            / (1_099_511_627_776 - 100_000_000)
    }
}

struct MixtureTests {
    /// What pairs of codes, which share nothing with the rest, come to besides: docs/threat-model.md.
    private let pairs = 0.3e-4

    @Test(arguments: [Mixture.Guess.code, .answers, nil])
    fileprivate func fromTheWorld(favourite: Mixture.Guess?) throws {
        var mixture = try Mixture(favourite: favourite, seed: 1)
        try mixture.run(0..<1)
        print("mixture from the world: \(mixture.codes) codes, \(mixture.answers) answers")
        #expect(mixture.chance + pairs <= 1e-3)
        // Answers take from the budget that codes do: together no more than either alone.
        #expect(mixture.charged + Int64(mixture.answers[0]) * Record.costOfAnswers <= 6_000 + 365 * 60)
        #expect(favourite == .answers ? mixture.answers[0] > 50 : mixture.codes[0] > 80)
        #expect(favourite != nil || mixture.answers[0] > 5)
        #expect(mixture.looks[0] <= Mixture.stretches * (Int(Mixture.stretch / Record.backupCodePause) + 1))
        // The owner, at home, has lost nothing by it.
        let throttle = mixture.record.throttle
        #expect(throttle.sources.count == 1 && throttle.known == Throttle.Share(throttle.known.budget))
        let isFull = throttle.known.budget.affords(9_000)
        #expect(isFull && mixture.record.state == .active)
    }

    /// Also from the owner's own address. The budgets of both groups bound guesses at codes and at answers together.
    @Test(arguments: [Mixture.Guess.code, .answers, nil])
    fileprivate func fromEverywhere(favourite: Mixture.Guess?) throws {
        var mixture = try Mixture(favourite: favourite, seed: 2)
        try mixture.run(0..<2)
        print("mixture from everywhere: \(mixture.codes) codes, \(mixture.answers) answers")
        let spent = mixture.charged + Int64(mixture.answers.reduce(0, +)) * Record.costOfAnswers
        #expect(spent <= 6_000 + 9_000 + 365 * (60 + 145))
        #expect(mixture.chance + pairs <= 1e-3 && mixture.record.state == .active)
        let guesses = favourite == .answers ? mixture.answers : mixture.codes
        #expect(guesses.allSatisfy { $0 > 50 })
        #expect(favourite != nil || mixture.answers.allSatisfy { $0 > 5 })
        // A wrong token, a wrong backup code and a wrong sent code have one pause between them, and wrong answers begin it, too.
        #expect(mixture.sentCodes > 60 && mixture.backupCodes > 60)
        for looks in mixture.looks {
            #expect(looks <= Mixture.stretches * (Int(Mixture.stretch / Record.backupCodePause) + 1))
        }
    }
}
