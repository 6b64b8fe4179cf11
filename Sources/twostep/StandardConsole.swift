internal import Commands
internal import Crypto
internal import Drawing
internal import Linux
internal import TwostepCore

/// The terminal or standard streams of this process.
final class StandardConsole: Console {
    func write(_ text: [UInt8]) throws(SystemError) { try StandardStream.output.write(text.span) }

    func writeError(_ text: [UInt8]) {
        do throws(SystemError) { try StandardStream.error.write(text.span) } catch {}
    }

    /// Asks on standard error, so that standard output stays clean.
    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        let isTerminal = StandardStream.input.isTerminal
        if isTerminal, !echo {
            do throws(SystemError) {
                try StandardStream.input.waitForSilentLine { writeError(Array(prompt.utf8)) }
            } catch {
                return nil
            }
        } else if always || isTerminal {
            do throws(SystemError) { try StandardStream.error.write(Array(prompt.utf8).span) } catch { return nil }
        }
        var answer = SecretBytes(capacity: 513)
        guard StandardStream.input.readLine(limit: 513, { answer.append($0) }) else { return nil }
        return answer
    }

    func draw(_ address: borrowing SecretBytes, _ style: QRStyle) throws(SystemError) {
        for line in lines(address, style) { try write(Array("   \(line)\n".utf8)) }
    }

    private func lines(_ address: borrowing SecretBytes, _ style: QRStyle) -> [String] {
        guard style != .none, let code = QRCode(address) else { return ["(no QR code here: use the key)"] }
        let colours = StandardStream.output.isTerminal && environmentVariable("NO_COLOR") == nil
        let lines = style == .ascii ? code.ascii() : code.halfBlocks(coloured: colours)
        let width = (code.size + 2 * QRCode.border) * (style == .ascii ? 2 : 1) + 3
        // Two lines around it must fit too, or its top has gone when its bottom is shown.
        if let size = StandardStream.output.size, size.columns < width || size.rows < lines.count + 2 {
            return ["(too small for the QR code: make the terminal \(width) by \(lines.count + 2), or use the key)"]
        }
        return lines
    }
}
