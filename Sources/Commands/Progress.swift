internal import Linux

/// A bar on standard error that says how far a command over many people is: where that is a terminal, and only once it
/// has taken a second.
package final class Progress {
    private static let width = 30
    /// How long nothing is shown, and how often something new is, in milliseconds.
    private static let patience: Int64 = 1000
    private static let pace: Int64 = 200

    private let what: String
    private let count: Int
    private let isShown: Bool
    private let began = monotonicMilliseconds()
    private var done = 0
    private var lastShown: Int64 = 0

    /// - Parameters:
    ///   - what: what is counted, such as `users`.
    ///   - quiet: whether nothing is to be shown: with `--json`.
    package init(_ what: String, of count: Int, quiet: Bool) {
        self.what = what
        self.count = count
        isShown = !quiet && count > 1 && StandardStream.error.isTerminal
    }

    /// One more is done.
    package func step() {
        done += 1
        guard isShown else { return }
        let now = monotonicMilliseconds()
        guard now - began >= Progress.patience, now - lastShown >= Progress.pace else { return }
        lastShown = now
        let filled = Progress.width * min(done, count) / count
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Progress.width - filled)
        write("\rtwostep: [\(bar)] \(done) of \(count) \(what)")
    }

    /// Takes the bar off the screen.
    package func end() {
        if lastShown > 0 { write("\r\u{1B}[K") }
        lastShown = 0
    }

    private func write(_ text: String) {
        do throws(SystemError) { try StandardStream.error.write(Array(text.utf8).span) } catch {}
    }
}
