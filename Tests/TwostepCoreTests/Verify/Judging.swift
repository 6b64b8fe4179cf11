import Crypto
import Testing

@testable import TwostepCore

extension Record {
    /// Judges what somebody typed, as a login does: hashed first where it is shaped like a backup code.
    mutating func judge(
        _ answer: String, from source: Source? = nil, at now: Int64 = Sample.now, rules: VerificationRules = .init(),
        crypto: borrowing Libcrypto
    ) throws -> Verdict {
        let code = TypedCode.read(Array(answer.utf8).span)
        let hash = code.kind == .backup ? try backupHash(answer) : SecretBytes(capacity: 0)
        let attempt = Attempt(code: code, backupHash: hash, source: source)
        return try verify(&self, attempt, rules: rules, now: now, crypto: crypto)
    }

    /// The same where nothing depends on speed.
    mutating func judge(
        _ answer: String, from source: Source? = nil, at now: Int64 = Sample.now, rules: VerificationRules = .init()
    ) throws -> Verdict {
        let crypto = try Libcrypto.load()
        return try judge(answer, from: source, at: now, rules: rules, crypto: crypto)
    }
}

extension Verdict {
    var isAccepted: Bool {
        if case .accepted = self { return true }
        return false
    }
}
