import Crypto
import TwostepCore

/// The parts of an `otpauth://` URI, copied out so that tests can compare them.
struct URIParts: Equatable {
    var secret: [UInt8] = Array("12345678901234567890".utf8)
    var issuer = Array("Example".utf8)
    var account = Array("alice".utf8)
    var algorithm = HashAlgorithm.sha1
    var digits = 6
    var kind = OTPAuthURI.Kind.totp(period: 30)

    init() {}

    init(_ uri: borrowing OTPAuthURI) {
        secret = array(uri.secret)
        issuer = uri.issuer
        account = uri.account
        algorithm = uri.algorithm
        digits = uri.digits
        kind = uri.kind
    }

    /// Any parts that are in range.
    init(using generator: inout SeededGenerator) {
        secret = generator.bytes(.random(in: 10...128, using: &generator))
        issuer = Self.name(0...128, using: &generator)
        account = Self.name(1...255, using: &generator)
        algorithm = HashAlgorithm.allCases.randomElement(using: &generator) ?? .sha1
        digits = .random(in: 6...8, using: &generator)
        kind =
            Bool.random(using: &generator)
            ? .totp(period: .random(in: 15...120, using: &generator))
            : .hotp(counter: .random(in: 0...(1 << 48), using: &generator))
    }

    private static func name(_ counts: ClosedRange<Int>, using generator: inout SeededGenerator) -> [UInt8] {
        let scalars = Array("abcXYZ019-._~ !\"$%&'()*+,/;<=>?@[]^`{|}#öß€漢字😀\u{301}\u{202e}".unicodeScalars)
        var name: [UInt8] = []
        let limit = Int.random(in: counts, using: &generator)
        while name.count < limit {
            let next = Array(String(scalars.randomElement(using: &generator) ?? "a").utf8)
            name += name.count + next.count <= limit ? next : [UInt8(ascii: "z")]
        }
        if name.first == UInt8(ascii: " ") { name[0] = UInt8(ascii: "_") }
        return name
    }

    func make() throws(URIError) -> OTPAuthURI {
        try OTPAuthURI(
            secret: SecretBytes(copying: secret.span), issuer: issuer, account: account, algorithm: algorithm,
            digits: digits, kind: kind)
    }

    func written() throws(URIError) -> String { string(try make().write()) }

    static func parse(_ text: [UInt8]) throws(URIError) -> URIParts { URIParts(try OTPAuthURI.parse(text.span)) }

    static func parse(_ text: String) throws(URIError) -> URIParts { try parse(Array(text.utf8)) }
}
