package import Crypto

/// A one-time enrolment code that waits for its owner, as a section of a record's appendix: docs/file-format.md.
package struct Invitation: Equatable, Sendable {
    /// How long one may be valid, in hours.
    package static let validHours = 1...720
    /// How long one is valid unless somebody says otherwise, in hours.
    package static let usualHours = 24

    /// Seconds since the epoch.
    package let created: Int64
    package let expires: Int64
    /// What the code is hashed with, `CodeHash.saltSize` bytes, and the hash.
    package let salt: [UInt8]
    package let hash: [UInt8]

    package init(created: Int64, expires: Int64, salt: [UInt8], hash: [UInt8]) {
        self.created = created
        self.expires = expires
        self.salt = salt
        self.hash = hash
    }

    /// Invites somebody by `code`, from `now` on.
    package init(
        _ code: Span<UInt8>, salt: [UInt8], now: Int64, hours: Int, crypto: borrowing Libcrypto
    ) throws(CryptoError) {
        let now = min(max(now, 0), Token.counterLimit)
        self.init(
            created: now, expires: now + 3600 * Int64(hours), salt: salt,
            hash: try EnrolmentCode.hash(code, salt: salt, crypto: crypto))
    }

    package func isCurrent(at now: Int64) -> Bool { now < expires }

    package func encode() -> SecretBytes {
        var section = SecretBytes(capacity: 16 + salt.count + hash.count)
        section.append(bigEndian: UInt64(clamping: created))
        section.append(bigEndian: UInt64(clamping: expires))
        section.append(contentsOf: salt.span)
        section.append(contentsOf: hash.span)
        return section
    }

    package static func decode(_ section: Span<UInt8>) throws(DecodeError) -> Invitation {
        var reader = ByteReader(section)
        let created = try reader.count64()
        let expires = try reader.count64()
        let salt = try reader.array(CodeHash.saltSize)
        let hash = try reader.array(HashAlgorithm.sha256.digestSize)
        guard reader.isAtEnd, expires > created else { throw .malformed }
        return Invitation(created: created, expires: expires, salt: salt, hash: hash)
    }
}
