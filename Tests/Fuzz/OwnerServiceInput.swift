import Commands
import Crypto
import Linux
import TwostepCore
import Wire

/// The service's side of an owner's command.
func tryOwnersService(_ input: [UInt8]) { FarEnd.play(input, serve) }

private func serve(_ client: FarEnd, _ doings: [UInt8], _ said: [UInt8]) {
    var stream = ByDocument(said)
    var channel = client.channel()
    guard case .command = hearOpening(&channel, &stream, from: 1000) else { return }
    let desk = ServedDesk(RemoteConsole(channel), client, stream)
    for doing in doings { desk.do(doing) }
    desk.end(doings.last ?? 0)
}

/// What a command does at its console, and what must come of it at the other end.
private final class ServedDesk {
    private let console: RemoteConsole
    private let client: FarEnd
    private var stream: ByDocument
    private var failure: FrameError?

    init(_ console: RemoteConsole, _ client: FarEnd, _ stream: ByDocument) {
        self.console = console
        self.client = client
        self.stream = stream
    }

    private static let sizes = [0, 1, 512, 1023, 1024, 1025, 3000]
    private static let notice = Array("   (no QR code here: use the key)\n\n".utf8)

    func `do`(_ doing: UInt8) {
        let size = ServedDesk.sizes[Int(doing / 8) % ServedDesk.sizes.count]
        let text = [UInt8](repeating: 0x61 + doing % 26, count: size)
        switch doing % 8 {
        case 0: written(text) { () throws(SystemError) in try console.write(text) }
        case 1: put(text, as: 5) { () throws(Failure) in try console.keep(text) }
        case 2:
            console.writeError(text)
            expectOutput(2, text)
        case 3, 4: ask(String(decoding: text, as: UTF8.self) + "?", echo: doing % 8 == 3)
        case 5: drawn(text, .utf8, as: 3)
        case 6: drawn(text, .ascii, as: 4)
        default: drawn(text, .none, as: 1)
        }
        check()
    }

    /// Nothing is said after this, and nobody heard.
    func end(_ doing: UInt8) {
        let statuses: [ExitStatus?] = [nil, .refused, .usage, .unavailable, .configuration]
        let status = statuses[Int(doing) % statuses.count]
        console.end(status)
        if failure == nil { client.expect(ByDocument.frame(6, [UInt8(status?.rawValue ?? 0)])) }
        failure = failure ?? .ended
        check()
        written([0x61]) { () throws(SystemError) in try console.write([0x61]) }
        claim(console.ask("?", echo: true, always: true) == nil, "an answer after the end")
        check()
    }

    private func check() {
        claim(console.hasFailed == (failure != nil), "has failed: \(console.hasFailed)")
        claim(console.wasMalformed == (failure == .malformed), "malformed: \(console.wasMalformed)")
        client.settle()
    }

    private func expectOutput(_ kind: UInt8, _ text: [UInt8]) {
        guard failure == nil else { return }
        for start in stride(from: 0, to: text.count, by: 1024) {
            client.expect(ByDocument.frame(11, [kind] + text[start..<min(start + 1024, text.count)]))
        }
    }

    private func written(_ text: [UInt8], _ work: () throws(SystemError) -> Void) {
        let isHeard = failure == nil
        expectOutput(1, text)
        do throws(SystemError) {
            try work()
            claim(isHeard, "written to nobody")
        } catch {
            claim(!isHeard && error == .brokenPipe, "not written: \(error)")
        }
    }

    private func drawn(_ address: [UInt8], _ style: QRStyle, as kind: UInt8) {
        let secret = SecretBytes(copying: address.span)
        let isOther = kind == 1 || address.count > 1024
        put(isOther ? ServedDesk.notice : address, as: isOther ? 1 : kind) { () throws(Failure) in
            try console.draw(secret, style)
        }
    }

    private func put(_ text: [UInt8], as kind: UInt8, _ work: () throws(Failure) -> Void) {
        let isHeard = failure == nil
        expectOutput(kind, text)
        do throws(Failure) {
            try work()
            claim(isHeard, "written to nobody")
        } catch {
            claim(!isHeard && error.status == .inputOutput, "not written: \(error)")
        }
    }

    private func ask(_ prompt: String, echo: Bool) {
        if failure == nil { client.expect(ByDocument.frame(echo ? 3 : 4, Array(prompt.utf8.prefix(1024)))) }
        var expected: [UInt8]?
        if failure == nil {
            switch stream.next() {
            case .frame(5, let answer): expected = answer
            case .frame(9, _): break
            case .ended: failure = .ended
            case .frame, .malformed: failure = .malformed
            }
        }
        guard let given = console.ask(prompt, echo: echo, always: false) else {
            return claim(expected == nil, "an answer was lost")
        }
        let bytes = given.bytes
        claim(bytes.indices.map { bytes[$0] } == expected, "another answer")
    }
}
