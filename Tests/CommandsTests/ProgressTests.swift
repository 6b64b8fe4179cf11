import Testing

@testable import Commands

/// The bar of commands over many people, by a clock that is made up.
struct ProgressTests {
    /// What a bar wrote, and the time.
    private final class Screen {
        var now: Int64 = 5000
        var written: [String] = []

        func progress(of count: Int, isShown: Bool = true) -> Progress {
            Progress("users", of: count, isShown: isShown, clock: { self.now }, write: { self.written.append($0) })
        }
    }

    @Test func nothingIsShownForASecond() {
        let screen = Screen()
        let progress = screen.progress(of: 10)
        screen.now += 999
        progress.step()
        progress.end()
        #expect(screen.written.isEmpty)
    }

    @Test func thenItIsShownFiveTimesASecondAndTakenAway() {
        let screen = Screen()
        let progress = screen.progress(of: 10)
        screen.now += 1000
        progress.step(5)
        screen.now += 199
        progress.step()
        screen.now += 1
        progress.step(4)
        progress.end()
        progress.end()
        #expect(
            screen.written == [
                "\rtwostep: [###############...............] 5 of 10 users",
                "\rtwostep: [##############################] 10 of 10 users", "\r\u{1B}[K",
            ])
    }

    @Test(arguments: [(1, 100, 0), (3, 100, 0), (4, 100, 1), (99, 100, 29), (100, 100, 30), (120, 100, 30)])
    func howFull(done: Int, of count: Int, filled: Int) {
        let screen = Screen()
        let progress = screen.progress(of: count)
        screen.now += 1000
        progress.step(done)
        let bar = screen.written.first ?? ""
        #expect(bar.filter { $0 == "#" }.count == filled)
        // One line of eighty places, with room for the cursor.
        #expect(bar.count < 80)
    }

    /// Nor for one, nor where nobody sees it.
    @Test func nothingIsShownToNobody() {
        let screen = Screen()
        for progress in [screen.progress(of: 10, isShown: false), screen.progress(of: 1)] {
            screen.now += 2000
            progress.step()
            progress.end()
        }
        #expect(screen.written.isEmpty)
    }
}
