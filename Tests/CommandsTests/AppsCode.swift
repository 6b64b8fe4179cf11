import Crypto
import Linux
import TwostepCore

/// The code that an app shows which was given the key on the screen, `later` steps from now; nil where there is no key.
func appsCode(_ screen: String, later: Int64 = 0) -> String? {
    guard
        let key = screen.split(separator: "\n").map({ $0.filter { $0 != " " } })
            .last(where: { $0.count == 32 && $0.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".contains($0) } }),
        let secret = try? Base32.decode(Array(key.utf8).span), let crypto = try? Libcrypto.load(),
        let now = wallClock()
    else { return nil }
    var code = SecretBytes(capacity: HOTP.workSize)
    do {
        try HOTP.compute(
            key: secret.bytes, counter: UInt64(TOTP.step(at: now, period: 30) + later), algorithm: .sha1, digits: 6,
            crypto: crypto, into: &code)
    } catch {
        return nil
    }
    var text = ""
    for index in 0..<6 { text.unicodeScalars.append(Unicode.Scalar(code.bytes[index])) }
    return text
}
