import Testing

@testable import TwostepCore

/// A closure or a wait, and a clock that is set while it lasts.
struct PauseTests {
    private let now: Int64 = 1_700_000_000
    private let day: Int64 = 86_400

    private func look(_ pause: inout Pause, at time: Int64) -> Int64? {
        pause.settle(at: time)
        return pause.end(at: time)
    }

    @Test func itLastsAsLongAsItLasts() {
        var pause = Pause(since: now, duration: 900)
        #expect(look(&pause, at: now) == now + 900)
        #expect(look(&pause, at: now + 899) == now + 900)
        #expect(look(&pause, at: now + 900) == nil)
        #expect(look(&pause, at: now + 900_000) == nil)
        var none = Pause()
        for time in [Int64.min, -1, 0, 1, now, 1 << 48] { #expect(look(&none, at: time) == nil) }
    }

    @Test func noneIsLongerThanADay() {
        #expect(Pause(since: now, duration: .max).duration == day)
        #expect(Pause(since: -5, duration: -5, again: -5) == Pause())
    }

    @Test func aClockSetBackDoesNotOpenItAndLetsNobodyWaitLonger() {
        for back in [1, 600, day, 365 * day] {
            var pause = Pause(since: now, duration: 900)
            let seen = now - back
            #expect(look(&pause, at: seen) == seen + 900)
            #expect(look(&pause, at: seen + 899) == seen + 900 || seen + 899 >= now)
            // Once the clock is right again it is what it was.
            #expect(look(&pause, at: now + 899) == now + 900)
            #expect(look(&pause, at: now + 900) == nil)
        }
        var pause = Pause(since: now, duration: 900)
        _ = look(&pause, at: now - 10 * day)
        #expect(look(&pause, at: now - 10 * day + 900) == nil)
    }

    @Test func setBackTwiceItBeginsAnewFromTheEarlier() {
        var pause = Pause(since: now, duration: 900)
        _ = look(&pause, at: now - 5 * day)
        #expect(look(&pause, at: now - 9 * day) == now - 9 * day + 900)
        #expect(look(&pause, at: now - 9 * day + 900) == nil)
    }

    @Test func aClockSetForthOpensItForAsLongAsItIsSo() {
        var pause = Pause(since: now, duration: 900)
        #expect(look(&pause, at: now + 365 * day) == nil)
        #expect(look(&pause, at: now + 10) == now + 900)
    }

    /// It began while the clock was ahead: by the right clock that is in the future.
    @Test func whatBeganInTheFutureEndsWithinItsDuration() {
        var pause = Pause(since: now + 365 * day, duration: 900)
        #expect(look(&pause, at: now) == now + 900)
        #expect(look(&pause, at: now + 500) == now + 900)
        #expect(look(&pause, at: now + 900) == nil)
    }

    /// Clocks that jump at random: by the right clock it is closed exactly as long as it should be, and by a wrong one
    /// nobody is told to wait longer than it lasts.
    @Test func noJumpOutlivesItself() {
        var generator = SeededGenerator(seed: 1588)
        for _ in 0..<2_000 {
            let duration = Int64.random(in: 1...day, using: &generator)
            var pause = Pause(since: now, duration: duration)
            var time = now
            for _ in 0..<40 {
                time += Int64.random(in: 0...(duration / 8 + 1), using: &generator)
                let jump =
                    Bool.random(using: &generator) ? Int64.random(in: -400 * day...400 * day, using: &generator) : 0
                let end = look(&pause, at: time + jump)
                if jump == 0 {
                    #expect(end == (time < now + duration ? now + duration : nil))
                } else if let end {
                    #expect(end - (time + jump) <= duration)
                }
            }
        }
    }

    /// In a record: what was closed is settled wherever it lies.
    @Test func everyPauseOfAThrottleNoticesAClockSetBack() {
        var throttle = Throttle(now: now)
        let pause = Pause(since: now, duration: 600)
        throttle.succeed(from: Source(.uid, 1000), at: now)
        throttle.worldPurse = Purse(failures: 5, closure: pause)
        throttle[purse: .known(0)] = Purse(failures: 5, closure: pause)
        for place in [Throttle.Place.world, .known(0)] {
            throttle[share: place].pairs = pause
            throttle[share: place].backupCodes = pause
        }
        throttle.settle(at: now - day)
        let seen = Pause(since: now, duration: 600, again: now - day)
        #expect(throttle.worldPurse.closure == seen && throttle[purse: .known(0)].closure == seen)
        for share in [throttle.world, throttle.known] { #expect(share.pairs == seen && share.backupCodes == seen) }
    }
}
