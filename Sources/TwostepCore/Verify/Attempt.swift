package import Crypto

/// One answer at the prompt, ready to be judged.
public struct Attempt: ~Copyable {
    /// What the person typed.
    package let code: TypedCode
    /// For an answer shaped like a backup code, its bcrypt hash under the setting the record had just before;
    /// computed outside the record's lock; otherwise empty.
    package let backupHash: SecretBytes
    /// Where it comes from; nil for the world at large.
    package let source: Source?
    /// The FIDO2 key that somebody signed in with, in place of a code: sshd has checked the signature.
    package let securityKey: [UInt8]?

    package init(code: consuming TypedCode, backupHash: consuming SecretBytes, source: Source?) {
        self.code = code
        self.backupHash = backupHash
        self.source = source
        securityKey = nil
    }

    /// A signature in place of a code.
    package init(securityKey: [UInt8], source: Source?) {
        let nothing: [UInt8] = []
        code = TypedCode.read(nothing.span)
        backupHash = SecretBytes(capacity: 0)
        self.source = source
        self.securityKey = securityKey
    }
}
