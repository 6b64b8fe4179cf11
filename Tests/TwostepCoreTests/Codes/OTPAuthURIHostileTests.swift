import Crypto
import Testing
import TwostepCore

@Suite struct OTPAuthURIHostileTests {
    /// Anything may come back as an error, nothing may end the process, and what is read can be written and read again.
    @Test func `damaged URIs`() throws {
        var generator = SeededGenerator(seed: 666)
        let pieces = [
            "otpauth://", "totp", "hotp", "/", "?", "&", "=", ":", "%", "%3A", "%20", "%00", "%ff", "secret", "issuer",
            "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "digits=7", "period=60", "counter=9", "algorithm=SHA256", " ",
            "\u{e9}",
        ].map { Array($0.utf8) }
        var accepted = 0
        for round in 0..<3_000 {
            var text = Array(try URIParts(using: &generator).written().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let from = Int.random(in: 0...text.count, using: &generator)
                let to = min(from + [0, 1, 1, 4, 50][round % 5], text.count)
                let piece =
                    Bool.random(using: &generator)
                    ? generator.bytes(.random(in: 0...2, using: &generator))
                    : pieces.randomElement(using: &generator) ?? []
                text.replaceSubrange(from..<to, with: piece)
            }
            guard let read = try? URIParts.parse(text) else { continue }
            accepted += 1
            #expect(try URIParts.parse(read.written()) == read)
        }
        #expect(accepted > 150)
        for _ in 0..<2_000 {
            let noise = generator.bytes(.random(in: 0...100, using: &generator))
            _ = try? URIParts.parse(noise)
            _ = try? URIParts.parse(Array("otpauth://totp/".utf8) + noise)
            _ = try? URIParts.parse(Array("otpauth://hotp/a?".utf8) + noise)
        }
        let whole = Array(try URIParts().written().utf8)
        for count in 0..<whole.count { _ = try? URIParts.parse(Array(whole.prefix(count))) }
    }
}
