import Crypto
import Testing

@testable import TwostepCore

extension Record {
    /// Judges what somebody typed, as a login does: hashed first where it is shaped like a backup code, under the
    /// record's setting or another.
    mutating func judge(
        _ answer: String, from source: Source? = nil, at now: Int64 = Sample.now, rules: VerificationRules = .init(),
        setting: [UInt8]? = nil, crypto: borrowing Libcrypto
    ) throws -> Verdict {
        let code = TypedCode.read(Array(answer.utf8).span)
        let hash =
            code.kind == .backup
            ? try backupHash(answer, setting: setting ?? backupCodes.setting) : SecretBytes(capacity: 0)
        let attempt = Attempt(code: code, backupHash: hash, source: source)
        return try verify(&self, attempt, rules: rules, now: now, crypto: crypto)
    }

    /// The same where nothing depends on speed.
    mutating func judge(
        _ answer: String, from source: Source? = nil, at now: Int64 = Sample.now, rules: VerificationRules = .init(),
        setting: [UInt8]? = nil
    ) throws -> Verdict {
        let crypto = try Libcrypto.load()
        return try judge(answer, from: source, at: now, rules: rules, setting: setting, crypto: crypto)
    }
}

extension Verdict {
    var isAccepted: Bool {
        if case .accepted = self { return true }
        return false
    }
}

/// The hash of an answer that is shaped like a backup code.
func backupHash(_ answer: String, setting: [UInt8]) throws -> SecretBytes {
    let typed = TypedCode.read(Array(answer.utf8).span)
    return try Bcrypt.hash(typed.text.bytes, setting: setting.span)
}
