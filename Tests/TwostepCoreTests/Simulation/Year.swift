import Testing

@testable import TwostepCore

/// A year in virtual time: an owner, and somebody who knows the password and guesses as fast as anything is looked at.
struct Year: ~Copyable {
    /// Where the attacker sits: nowhere; at any number of addresses; at the owner's own one as well; or as well at one
    /// that the owner has logged in from once and does not any more.
    enum Attacker: Sendable { case nowhere, world, everywhere, formerAddress }

    static let home = Source(.address, 0xC000_0207)
    static let formerAddress = Source(.address, 0xC633_6407)
    /// Pairs of codes and backup codes are looked at every few seconds all year; these stretches of it stand for all.
    static let stretches = 12
    static let stretch: Int64 = 900
    /// How often a stranger tries to get in, with an attacker at work.
    static let moments = 40
    /// Room for the record's bytes.
    static let size = 1_400

    let scenario: Scenario
    let roaming: Bool
    let prober: Prober
    let attacker: Attacker
    private var owner: SimulatedOwner
    var record: Record
    var generator: SeededGenerator
    var result = YearResult()
    /// How many codes were accepted in each situation that was met, and how often anybody looked.
    var found: [Situation: Int] = [:]
    var looks = 0

    init(_ scenario: Scenario, attacker: Attacker, roaming: Bool = false, seed: UInt64) throws {
        let owner = try SimulatedOwner(scenario, seed: seed)
        let record = try scenario.record()
        let prober = try Prober(scenario, setting: record.backupCodes.setting)
        self.scenario = scenario
        self.attacker = attacker
        self.roaming = roaming
        self.owner = owner
        self.record = record
        self.prober = prober
        generator = SeededGenerator(seed: seed &+ 1_000)
    }

    /// Who does what next; the number is the group: 0 for the world, 1 for known sources.
    private enum Event: Equatable { case owner, single(Int), pair(Int), backupCode(Int), moment }

    mutating func run() throws -> YearResult {
        let end = Codebook.start + Codebook.year
        // Enrolled, and logged in once before anybody attacks: from then on home is a known source.
        if !roaming { try login(at: Codebook.start) }
        if attacker == .formerAddress { record.throttle.succeed(from: Year.formerAddress, at: Codebook.start) }
        var queue = schedule(until: end)
        while let index = queue.indices.min(by: { queue[$0].time < queue[$1].time }), queue[index].time < end {
            let (now, event) = queue[index]
            if let next = try perform(event, at: now) { queue[index].time = next } else { queue.remove(at: index) }
            guard event == .owner else { continue }
            // A success may have opened something: the attacker looks at once.
            for other in queue.indices {
                if case .single = queue[other].event { queue[other].time = min(queue[other].time, now + 60) }
            }
        }
        return result
    }

    private mutating func schedule(until end: Int64) -> [(time: Int64, event: Event)] {
        var queue: [(time: Int64, event: Event)] = [(owner.nextLogin, .owner)]
        guard attacker != .nowhere else { return queue }
        let groups = attacker == .world ? [0] : [0, 1]
        for group in groups { queue.append((Codebook.start + 60, .single(group))) }
        let part = Codebook.year / Int64(Year.stretches)
        for number in 0..<Int64(Year.stretches) {
            let start = Codebook.start + number * part + Int64.random(in: 0..<(part - Year.stretch), using: &generator)
            result.sampled += Year.stretch
            for group in groups { queue += [(start, .pair(group)), (start, .backupCode(group))] }
        }
        guard attacker == .world else { return queue }
        for _ in 0..<Year.moments {
            queue.append((Int64.random(in: (Codebook.start + 86_400)..<end, using: &generator), .moment))
        }
        return queue
    }

    /// Does it, and says when it is done next; nil for never again.
    private mutating func perform(_ event: Event, at now: Int64) throws -> Int64? {
        switch event {
        case .owner:
            try login(at: now)
            owner.schedule(after: now)
            return owner.nextLogin
        case .single(let group): return try guessSingle(group, at: now)
        case .pair(let group): return within(try guessPair(group, at: now), since: now)
        case .backupCode(let group): return within(try guessBackupCode(group, at: now), since: now)
        case .moment:
            try tryStranger(at: now)
            return nil
        }
    }

    /// When the stretches that have begun end; each event of theirs remembers its own by being dropped then.
    private var ends: [Int64: Int64] = [:]

    /// Nil where the stretch that `now` belongs to is over at `next`.
    private mutating func within(_ next: Int64, since now: Int64) -> Int64? {
        let end = ends[now] ?? now + Year.stretch
        guard next < end else { return nil }
        ends[next] = end
        return next
    }

    mutating func stranger() -> Source { Source(.address, UInt64.random(in: 1...(1 << 31), using: &generator)) }

    /// Once: a mistyped code now and then, the right one after it, and where that is refused, what people are told to do.
    private mutating func login(at time: Int64) throws {
        var now = time
        let source = roaming ? stranger() : Year.home
        let token = owner.chooseToken()
        result.logins += 1
        if owner.mistypes() {
            result.mistypes += 1
            let code = owner.mistyped(owner.read(token, at: now))
            let verdict = try prober.judge(code, &record, from: source, at: now)
            if case .refused(.locked) = verdict { result.refusals.append("\(now) mistyped: \(verdict)") }
            now += 15
        }
        let verdict = try prober.judge(owner.read(token, at: now), &record, from: source, at: now)
        guard !verdict.isAccepted else { return }
        result.refusals.append("\(now): \(verdict)")
        now += 45
        let pair = try prober.judge(owner.readPair(token, at: now), &record, from: source, at: now)
        if !pair.isAccepted { result.refusedPairs += 1 }
    }
}
