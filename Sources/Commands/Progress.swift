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
    private let clock: () -> Int64
    private let write: (String) -> Void
    private let began: Int64
    private var done = 0
    private var lastShown: Int64?

    /// - Parameters:
    ///   - what: what is counted, such as `users`.
    ///   - quiet: whether nothing is to be shown: with `--json`.
    package convenience init(_ what: String, of count: Int, quiet: Bool) {
        self.init(
            what, of: count, isShown: !quiet && StandardStream.error.isTerminal, clock: monotonicMilliseconds
        ) { text in
            do throws(SystemError) { try StandardStream.error.write(Array(text.utf8).span) } catch {}
        }
    }

    /// - Parameter clock: milliseconds that never go back.
    init(
        _ what: String, of count: Int, isShown: Bool, clock: @escaping () -> Int64,
        write: @escaping (String) -> Void
    ) {
        self.what = what
        self.count = count
        self.isShown = isShown && count > 1
        self.clock = clock
        self.write = write
        began = clock()
    }

    /// One more is done, or some.
    package func step(_ more: Int = 1) {
        done += more
        guard isShown else { return }
        let now = clock()
        guard now - began >= Progress.patience, lastShown.map({ now - $0 >= Progress.pace }) ?? true else { return }
        lastShown = now
        let filled = Progress.width * min(done, count) / count
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Progress.width - filled)
        write("\rtwostep: [\(bar)] \(done) of \(count) \(what)")
    }

    /// Takes the bar off the screen.
    package func end() {
        if lastShown != nil { write("\r\u{1B}[K") }
        lastShown = nil
    }
}
