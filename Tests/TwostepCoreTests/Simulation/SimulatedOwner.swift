import Testing

@testable import TwostepCore

/// Somebody who logs in three times a day: reads the code off, takes some seconds to type it, and mistypes one in
/// twenty; then reads and types again.
struct SimulatedOwner {
    private var generator: SeededGenerator
    private let books: [Codebook]
    private let scenario: Scenario
    /// How far the phones' clocks are ahead of ours, in seconds.
    private let ahead: [Int64]
    /// The next value that the button will show.
    private var counter: Int64 = 0
    private(set) var nextLogin: Int64 = 0

    init(_ scenario: Scenario, seed: UInt64) throws {
        self.scenario = scenario
        generator = SeededGenerator(seed: seed)
        books = try scenario.books()
        var clocks = generator
        ahead = (0..<scenario.totp).map { _ in Int64.random(in: -5...5, using: &clocks) }
        generator = clocks
        schedule(after: Codebook.start)
    }

    /// Three times a day, at no fixed hours.
    mutating func schedule(after now: Int64) {
        nextLogin = now + Int64.random(in: 600...(2 * 28_800 - 600), using: &generator)
    }

    mutating func mistypes() -> Bool { Int.random(in: 1...20, using: &generator) == 1 }

    /// Which token is taken this time: where there is a phone and a button, the phone mostly.
    mutating func chooseToken() -> Int {
        if scenario.hotp, scenario.totp > 0 {
            return Int.random(in: 1...10, using: &generator) == 1 ? scenario.totp : 0
        }
        return Int.random(in: 0..<books.count, using: &generator)
    }

    /// The code that the token shows when it is looked at, up to 15 seconds before it is sent at `now`. Now and then a
    /// button has been pressed for nothing.
    mutating func read(_ token: Int, at now: Int64) -> [UInt8] {
        guard token < scenario.totp else {
            if Int.random(in: 1...30, using: &generator) == 1 { counter += 1 }
            counter += 1
            return books[token].code(counter - 1, digits: scenario.digits)
        }
        let looked = now - Int64.random(in: 0...15, using: &generator) + ahead[token]
        return books[token].code(looked / 30, digits: scenario.digits)
    }

    /// Two codes in a row; the owner waits for both.
    mutating func readPair(_ token: Int, at now: Int64) -> [UInt8] {
        guard token < scenario.totp else {
            counter += 2
            return books[token].code(counter - 2, digits: scenario.digits)
                + books[token].code(counter - 1, digits: scenario.digits)
        }
        let step = (now + ahead[token]) / 30
        return books[token].code(step - 1, digits: scenario.digits) + books[token].code(step, digits: scenario.digits)
    }

    /// The same code with one digit wrong.
    mutating func mistyped(_ code: [UInt8]) -> [UInt8] {
        var code = code
        let place = Int.random(in: 0..<code.count, using: &generator)
        let other = (Int(code[place]) - 48 + Int.random(in: 1...9, using: &generator)) % 10
        code[place] = UInt8(48 + other)
        return code
    }
}
