import Crypto
import Testing

@testable import TwostepCore

/// RFC 6238 appendix B through the whole judgement: each code of eight digits is accepted at its time, once.
struct RFC6238Tests {
    @Test(arguments: TOTPTests.vectors, HashAlgorithm.allCases)
    func eachVectorIsAcceptedOnce(
        vector: (seconds: Int64, step: Int64, sha1: String, sha256: String, sha512: String), algorithm: HashAlgorithm
    ) throws {
        let crypto = try Libcrypto.load()
        let key = rfcKey(algorithm)
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        let token = Token(
            id: 1, kind: .totp, algorithm: algorithm, digits: 8, period: 30, created: 1, label: [], key: 0..<0)
        let added = record.add(token, key: key.span)
        try #require(added)
        let code =
            switch algorithm {
            case .sha1: vector.sha1
            case .sha256: vector.sha256
            case .sha512: vector.sha512
            }
        var rules = VerificationRules()
        rules.window = 0
        let accepted = Verdict.accepted(Acceptance(method: .totp, token: [], backupCodesLeft: 0))
        for expected in [accepted, .refused(.alreadyUsed)] {
            let verdict = try record.judge(code, at: vector.seconds, rules: rules, crypto: crypto)
            #expect(verdict == expected)
        }
        let floor = record.tokens[0].floor
        #expect(floor == vector.step + 1)
    }
}
