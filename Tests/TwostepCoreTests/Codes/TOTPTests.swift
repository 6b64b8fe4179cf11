import Crypto
import Testing
import TwostepCore

@Suite struct TOTPTests: ~Copyable {
    private let crypto: Libcrypto

    init() throws { crypto = try Libcrypto.load() }

    private func code(
        _ key: [UInt8], at seconds: Int64, _ algorithm: HashAlgorithm, digits: Int, period: Int = 30
    ) throws(CryptoError) -> String {
        let step = TOTP.step(at: seconds, period: period)
        return string(try TOTP.code(key: key.span, at: step, algorithm: algorithm, digits: digits, crypto: crypto))
    }

    /// RFC 6238 appendix B: time, step in hexadecimal, and the codes of eight digits for SHA-1, SHA-256 and SHA-512.
    static let vectors: [(seconds: Int64, step: Int64, sha1: String, sha256: String, sha512: String)] = [
        (59, 0x1, "94287082", "46119246", "90693936"),
        (1_111_111_109, 0x23523EC, "07081804", "68084774", "25091201"),
        (1_111_111_111, 0x23523ED, "14050471", "67062674", "99943326"),
        (1_234_567_890, 0x273EF07, "89005924", "91819424", "93441116"),
        (2_000_000_000, 0x3F940AA, "69279037", "90698825", "38618901"),
        (20_000_000_000, 0x27BC86AA, "65353130", "77737706", "47863826"),
    ]

    @Test(arguments: vectors)
    func `the RFC's vectors`(
        vector: (seconds: Int64, step: Int64, sha1: String, sha256: String, sha512: String)
    ) throws {
        #expect(TOTP.step(at: vector.seconds, period: 30) == vector.step)
        #expect(try code(rfcKey(.sha1), at: vector.seconds, .sha1, digits: 8) == vector.sha1)
        #expect(try code(rfcKey(.sha256), at: vector.seconds, .sha256, digits: 8) == vector.sha256)
        #expect(try code(rfcKey(.sha512), at: vector.seconds, .sha512, digits: 8) == vector.sha512)
    }

    @Test(arguments: HashAlgorithm.allCases, 6...8)
    func `oathtool tells the same time`(algorithm: HashAlgorithm, digits: Int) throws {
        let name = ["SHA1", "SHA256", "SHA512"][Int(algorithm.rawValue) - 1]
        var generator = SeededGenerator(seed: UInt64(algorithm.rawValue) * 10 + UInt64(digits))
        for period in [15, 30, 45, 59, 60, 90, 120] {
            let key = generator.bytes(.random(in: 10...128, using: &generator))
            let seconds = Int64.random(in: 0...0xffff_ffff, using: &generator)
            let expected = try oathtool([
                "--totp=\(name)", "--digits=\(digits)", "--time-step-size=\(period)s", "--now=@\(seconds)",
                "--window=4", hex(key),
            ])
            try #require(expected.count == 5)
            for (index, line) in expected.enumerated() {
                let time = seconds + Int64(index * period)
                #expect(try code(key, at: time, algorithm, digits: digits, period: period) == line)
            }
        }
    }

    @Test(arguments: 15...120) func `a step lasts one period, from the epoch on and before it`(period: Int) {
        let length = Int64(period)
        for step in [-3, -2, -1, 0, 1, 2, 1_000_000] as [Int64] {
            #expect(TOTP.step(at: step * length, period: period) == step)
            #expect(TOTP.step(at: step * length + length - 1, period: period) == step)
            #expect(TOTP.step(at: step * length - 1, period: period) == step - 1)
        }
    }

    @Test func `the ends of time`() {
        for period in [Int.min, -1, 0, 1, 14, 15, 30, 120, 121, Int.max] {
            let taken = Int64(min(max(period, 15), 120))
            #expect(TOTP.step(at: .max, period: period) == Int64.max / taken)
            #expect(TOTP.step(at: .min, period: period) == Int64.min / taken - (Int64.min % taken == 0 ? 0 : 1))
        }
    }

    @Test(arguments: [-1, Int64.min]) func `no code from before the epoch`(step: Int64) {
        #expect(throws: CryptoError.badArgument) {
            _ = try TOTP.code(key: rfcKey(.sha1).span, at: step, algorithm: .sha1, digits: 6, crypto: crypto)
        }
    }
}
