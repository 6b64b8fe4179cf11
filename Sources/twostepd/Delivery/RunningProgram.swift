internal import Crypto
internal import Linux

/// A program that was started to deliver something: it gets its input, may say a little, and has so much time.
final class RunningProgram {
    enum Result: Equatable {
        case done
        /// What went wrong, for the log.
        case failed([UInt8])
    }

    /// The most that it may say, in bytes; the log gets the beginning.
    private static let outputLimit = 65_536
    private static let shown = 120

    private let program: Program
    private var input: Descriptor?
    private var output: Descriptor?
    private let text: SecretBytes
    private var sent = 0
    private var heard = 0
    private var said: [UInt8] = []
    private let isQuoted: Bool
    /// By `monotonicMilliseconds`.
    private let end: Int64

    /// Starts a program with `text` on its standard input.
    ///
    /// - Parameters:
    ///   - milliseconds: how long it may take; it is killed then, with what it has started.
    ///   - isQuoted: whether the log gets the beginning of what it says where it fails.
    init(
        _ arguments: [[UInt8]], _ text: consuming SecretBytes, within milliseconds: Int64, isQuoted: Bool = true
    ) throws(SystemError) {
        let toProgram = try Pipe()
        let fromProgram = try Pipe()
        program = try Program.start(
            arguments, environment: Program.plainEnvironment, input: toProgram.reading,
            output: fromProgram.writing, error: fromProgram.writing)
        let input = Pipe.keepWriting(toProgram)
        let output = Pipe.keepReading(fromProgram)
        try input.waitForNothing()
        try output.waitForNothing()
        self.input = consume input
        self.output = consume output
        self.text = text
        self.isQuoted = isQuoted
        end = monotonicMilliseconds() + milliseconds
    }

    /// Does what can be done without waiting.
    ///
    /// - Returns: nil while it runs.
    func step() -> Result? {
        write()
        read()
        if heard > RunningProgram.outputLimit { return kill("output") }
        if let end = program.ended() {
            read()
            switch end {
            case .exited(0): return .done
            case .exited(let status): return .failed(Array("exit-\(status)".utf8) + remark)
            case .killed(let signal): return .failed(Array("signal-\(signal)".utf8) + remark)
            }
        }
        return monotonicMilliseconds() < end ? nil : kill("timeout")
    }

    private func kill(_ why: StaticString) -> Result {
        program.killGroup()
        _ = program.wait()
        return .failed(Array("\(why)".utf8) + remark)
    }

    private var remark: [UInt8] {
        let line = said.prefix { $0 != 0x0A }
        return line.isEmpty || !isQuoted ? [] : Array(": ".utf8) + line
    }

    private func write() {
        guard input != nil else { return }
        do throws(SystemError) {
            switch input {
            case .some(let pipe): sent += try RunningProgram.write(text, from: sent, to: pipe)
            case .none: break
            }
            if sent == text.count { input = nil }
        } catch {
            // It does not want to read the rest: its exit status says what that means.
            input = nil
        }
    }

    private static func write(
        _ text: borrowing SecretBytes, from sent: Int, to pipe: borrowing Descriptor
    ) throws(SystemError) -> Int {
        try pipe.writeSome(text.bytes.extracting(sent..<text.count))
    }

    private func read() {
        var room = [UInt8](repeating: 0, count: 4096)
        while output != nil, heard <= RunningProgram.outputLimit {
            var span = room.mutableSpan
            do throws(SystemError) {
                guard let count = try output?.readSome(into: &span), count > 0 else { return output = nil }
                heard += count
                said += room.prefix(min(count, RunningProgram.shown - said.count))
            } catch {
                return
            }
        }
    }
}
