internal import Commands
internal import Crypto
internal import Linux
internal import TwostepCore
internal import Wire

/// The terminal or standard streams of this process.
final class StandardConsole: Console {
    /// Where what is shown is kept as well.
    private var files = OwnFiles()
    /// The signal by which a person has ended this, to be died of when everything is in order.
    private(set) var interruption: Int32?
    /// From the first question on; commands that ask nothing are ended as any program is.
    private var interruptions: Interruptions?

    func write(_ text: [UInt8]) throws(SystemError) { try StandardStream.output.write(text.span) }

    func writeError(_ text: [UInt8]) {
        var text = text
        if StandardStream.error.isTerminal {
            text = wrappedRemarks(text, width: min(StandardStream.error.size?.columns ?? 80, 100))
        }
        do throws(SystemError) { try StandardStream.error.write(text.span) } catch {}
    }

    func warn(_ line: String) { writeError(Array("twostep: \(line)\n".utf8)) }

    /// Keeps signals for when it is their time.
    func catchSignals() throws(SystemError) -> Interruptions {
        if let interruptions { return interruptions }
        let made = try Interruptions()
        interruptions = made
        return made
    }

    /// Asks on standard error, so that standard output stays clean.
    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        guard interruption == nil else { return nil }
        do throws(SystemError) {
            let interruptions = try catchSignals()
            if StandardStream.input.isTerminal {
                let signal = try StandardStream.input.waitForLine(silently: !echo, interruptions) {
                    () throws(SystemError) in try StandardStream.error.write(Array(prompt.utf8).span)
                }
                interruption = signal
            } else if always {
                try StandardStream.error.write(Array(prompt.utf8).span)
            }
            if interruption == nil, let answer = readLine(interruptions) {
                // What a person types ends the line.
                if always, !StandardStream.input.isTerminal { writeError([0x0A]) }
                return answer
            }
        } catch {}
        // Behind the question, and behind what the terminal shows of the key.
        if always || StandardStream.input.isTerminal { writeError([0x0A]) }
        return nil
    }

    private func readLine(_ interruptions: Interruptions) -> SecretBytes? {
        var answer = SecretBytes(capacity: 513)
        let isThere = StandardStream.input.readLine(
            limit: 513,
            isReadable: {
                note(interruptions.wait(for: .input))
                return interruption == nil
            }, { answer.append($0) })
        guard isThere else { return nil }
        return answer
    }

    func wait(for channel: borrowing Channel) -> Bool {
        // Once they have stopped at a question the service has the last word, unless they will not wait for it.
        guard let interruptions, let signal = channel.wait(interruptions) else { return true }
        guard !Interruptions.isStop(signal) else {
            Interruptions.stop()
            return true
        }
        interruption = signal
        return false
    }

    private func note(_ signal: Int32?) {
        guard let signal else { return }
        if Interruptions.isStop(signal) { Interruptions.stop() } else { interruption = signal }
    }

    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {
        try files.keep(picture: address)
        guard let style else { return }
        do throws(SystemError) {
            for line in QRScreen().lines(address, style) { try write(Array("\(line)\n".utf8)) }
        } catch {
            throw Failure.unheard(error, isDone: false)
        }
    }

    func keep(_ sheet: [UInt8]) throws(Failure) {
        if let line = try files.keep(sheet) { warn(line) }
    }

    /// Makes the files that somebody wants filled.
    func makeFiles(_ wanted: WantedFiles) throws {
        guard wanted.sheet != nil || wanted.picture != nil else { return }
        // Nothing ends this any more while they are half filled.
        _ = try catchSignals()
        files = try OwnFiles.make(wanted)
    }

    /// Says what has become of the files.
    func settle(_ end: OwnFiles.End) {
        for line in files.settle(end) { warn(line) }
        files = OwnFiles()
    }

    /// Ends as the person wished, everything being in order.
    func end(by interruption: Int32) -> Never { Interruptions.end(by: interruption) }
}
