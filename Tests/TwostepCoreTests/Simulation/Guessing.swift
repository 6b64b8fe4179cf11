import Testing

@testable import TwostepCore

/// What anybody can tell of the moment at which a guess was looked at, and what it was charged.
struct Situation: Hashable {
    enum Kind: Sendable { case single, pair, backupCode }

    let kind: Kind
    let group: Int
    let charged: Int64
    /// How far the step has gone, in pieces of five seconds.
    let part: Int64
    /// How far off each clock is, and what of the moments around is spent.
    let tokens: [[Int64]]
}

extension Year {
    private mutating func source(_ group: Int) -> Source {
        group == 0 ? stranger() : attacker == .formerAddress ? Year.formerAddress : Year.home
    }

    private func situation(_ kind: Situation.Kind, _ group: Int, charged: Int64, at now: Int64) -> Situation {
        let tokens = record.tokens.map { token in
            [Int64(token.drift), token.kind == .totp ? min(max(token.floor - now / 30, -20), 40) : 0]
        }
        return Situation(kind: kind, group: group, charged: charged, part: now % 30 / 5, tokens: tokens)
    }

    /// How many answers would have been accepted: tried out in each new situation, and once more every so often in one
    /// that has been met before. What the throttle thinks of it is not asked.
    private mutating func accepted(_ situation: Situation, _ probe: (borrowing Year) throws -> Int) throws -> Int {
        looks += 1
        if let known = found[situation], looks % 128 != 0 { return known }
        let count = try probe(self)
        if let known = found[situation] { #expect(count == known, "\(situation)") }
        found[situation] = count
        return count
    }

    /// The chance of a guess with so many digits that so many codes would have answered.
    private func chance(_ accepted: Int, digits: Int) -> Double {
        var codes = 1.0
        for _ in 0..<digits { codes *= 10 }
        return Double(accepted) / codes
    }

    /// Digits that are no code of any moment near: the chance of a guess is counted, not drawn.
    private mutating func wrong(_ count: Int, at now: Int64) -> [UInt8] {
        while true {
            let guess = (0..<count).map { _ in UInt8.random(in: 48...57, using: &generator) }
            let start = guess.prefix(scenario.digits)
            var isNear = false
            for (token, book) in zip(record.tokens, prober.books) {
                let middle = token.kind == .totp ? now / 30 : token.floor
                for moment in max(middle - 14, 0)...(middle + 20) where !isNear {
                    isNear = book.shows(start, at: moment)
                }
            }
            if !isNear { return guess }
        }
    }

    /// The record's bytes as they were before a wrong guess, which changes nothing but the throttle.
    private func state(before throttle: Throttle) throws -> [UInt8] {
        var copy = try record.copy(size: Year.size)
        copy.throttle = throttle
        return array(try copy.encoded(size: Year.size))
    }

    /// Guesses once, and says when to guess again.
    mutating func guessSingle(_ group: Int, at now: Int64) throws -> Int64 {
        let source = source(group)
        record.throttle.settle(at: now)
        let (before, tokens) = (record.throttle, record.tokens)
        let place: Throttle.Place = group == 0 ? .world : .known(0)
        switch try prober.judge(wrong(scenario.digits, at: now), &record, from: source, at: now) {
        case .refused(.wrongCode):
            #expect(record.tokens == tokens)
            let charged = (before[share: place].budget.level - record.throttle[share: place].budget.level) / 86_400
            let count = try accepted(situation(.single, group, charged: charged, at: now)) { year in
                let codes = year.prober.codes(year.record, at: now)
                return try year.prober.accepted(codes, year.state(before: before), from: source, at: now)
            }
            let chance = chance(count, digits: scenario.digits)
            // No guess is ever worth more than it costs.
            #expect(chance <= Double(charged) * 1e-8 * 1.000_001)
            result.singles.add(group, chance: chance)
            return now
        case .refused(.locked(let until)):
            // Whoever waits for longer than a day is credited a day only.
            return min(max(until, now + 1), now + 86_400)
        case let other:
            Issue.record("a guess was answered \(other)")
            return now + 1
        }
    }

    mutating func guessPair(_ group: Int, at now: Int64) throws -> Int64 {
        let source = source(group)
        let before = record.throttle
        switch try prober.judge(wrong(2 * scenario.digits, at: now), &record, from: source, at: now) {
        case .refused(.wrongCode):
            let count = try accepted(situation(.pair, group, charged: 0, at: now)) { year in
                let pairs = year.prober.pairs(year.record, at: now)
                return try year.prober.accepted(pairs, year.state(before: before), from: source, at: now)
            }
            result.pairs.add(group, chance: chance(count, digits: 2 * scenario.digits))
            return now
        case .refused(.tooSoon(let until)): return max(until, now + 1)
        case let other:
            Issue.record("a pair was answered \(other)")
            return now + 1
        }
    }

    mutating func guessBackupCode(_ group: Int, at now: Int64) throws -> Int64 {
        let source = source(group)
        let before = record.throttle
        switch try prober.judgeBackup(nil, &record, from: source, at: now) {
        case .refused(.wrongCode):
            let count = try accepted(situation(.backupCode, group, charged: 0, at: now)) { year in
                try year.prober.acceptedBackupCodes(year.state(before: before), from: source, at: now)
            }
            // Eight of 32 characters, at least one of them no digit.
            result.backupCodes.add(group, chance: Double(count) / (1_099_511_627_776 - 100_000_000))
            return now
        case .refused(.tooSoon(let until)): return max(until, now + 1)
        case let other:
            Issue.record("a backup code was answered \(other)")
            return now + 1
        }
    }

    /// Law 9: from anywhere, two codes in a row or a backup code get in, at any moment. Tried on copies.
    mutating func tryStranger(at now: Int64) throws {
        let (source, state) = (stranger(), array(try record.encoded(size: Year.size)))
        result.moments += 1
        var copy = try RecordCodec.decode(state.span)
        let single = try prober.judge(wrong(scenario.digits, at: now), &copy, from: source, at: now)
        if case .refused(.locked) = single { result.lockedMoments += 1 }
        let (book, token) = (prober.books[0], record.tokens[0])
        // The owner may have used the code of this very moment; then the next two.
        let moment = token.kind == .totp ? max(now / 30, token.floor + 1) : token.floor + 3
        let pair = book.code(moment - 1, digits: scenario.digits) + book.code(moment, digits: scenario.digits)
        copy = try RecordCodec.decode(state.span)
        let two = try prober.judge(pair, &copy, from: source, at: now)
        if !two.isAccepted { result.failures.append("\(now): pair \(two)") }
        copy = try RecordCodec.decode(state.span)
        let backup = try prober.judgeBackup(Int.random(in: 0..<10, using: &generator), &copy, from: source, at: now)
        if !backup.isAccepted { result.failures.append("\(now): backup code \(backup)") }
    }
}
