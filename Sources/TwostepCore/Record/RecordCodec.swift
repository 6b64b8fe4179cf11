package import Crypto

/// The plaintext of a slot: version 4, big-endian, bounded, canonical. Described in docs/file-format.md; a change
/// here is a change there.
package enum RecordCodec {
    /// The version of the plaintext that this code writes, and the only one it reads.
    package static let version: UInt16 = 4

    /// Writes the record in memory of its own.
    ///
    /// - Parameter size: the size of the plaintext in bytes; what the record does not fill is zero.
    /// - Returns: nil where the record does not fit.
    package static func encode(_ record: borrowing Record, size: Int) -> SecretBytes? {
        var out = SecretBytes(capacity: size)
        guard encode(record, into: &out) else { return nil }
        return consume out
    }

    /// Writes the record over whatever `out` holds and fills its whole capacity; what the record does not fill is zero.
    ///
    /// - Returns: false where the record does not fit.
    package static func encode(_ record: borrowing Record, into out: inout SecretBytes) -> Bool {
        out.wipe()
        var fits = out.append(bigEndian: version)
        fits = out.append(record.state.rawValue) && fits
        fits = out.append((record.confirmed ? 1 : 0) | (record.cautious ? 2 : 0)) && fits
        for time in [record.created, record.changed] { fits = out.append(bigEndian: UInt64(clamping: time)) && fits }
        fits = append(record.throttle, to: &out) && fits
        fits = out.append(UInt8(clamping: record.tokens.count)) && fits
        for token in record.tokens {
            fits = append(token, to: &out) && fits
            fits = record.withKey(of: token) { key in out.append(contentsOf: key) } && fits
        }
        fits = append(record.backupCodes, to: &out) && fits
        fits = append(record.securityKeys, to: &out) && fits
        fits = append(record.remembered, to: &out) && fits
        fits = out.append(bigEndian: UInt16(clamping: record.appendix.count)) && fits
        fits = out.append(contentsOf: record.appendix.bytes) && fits
        // Wiped bytes are zero.
        out.resize(to: out.capacity)
        return fits
    }

    private static func append(_ token: Token, to out: inout SecretBytes) -> Bool {
        var fits = out.append(bigEndian: token.id)
        for byte in [
            token.kind.rawValue, token.algorithm.rawValue, UInt8(clamping: token.digits), UInt8(clamping: token.period),
            UInt8(bitPattern: token.drift), UInt8(bitPattern: token.lean),
        ] { fits = out.append(byte) && fits }
        for number in [token.floor, token.created, token.lastUsed] {
            fits = out.append(bigEndian: UInt64(clamping: number)) && fits
        }
        fits = out.append(UInt8(clamping: token.label.count)) && fits
        fits = out.append(contentsOf: token.label.span) && fits
        return out.append(UInt8(clamping: token.key.count)) && fits
    }

    private static func append(_ codes: BackupCodeSet, to out: inout SecretBytes) -> Bool {
        guard codes.entries.count <= BackupCodeSet.limit,
            codes.setting.count == (codes.entries.isEmpty ? 0 : Bcrypt.settingSize)
        else { return false }
        var fits = out.append(UInt8(clamping: codes.entries.count))
        fits = out.append(contentsOf: codes.setting.span) && fits
        for entry in codes.entries {
            fits = entry.tail.count == BackupCodeSet.tailSize && out.append(contentsOf: entry.tail.span) && fits
            fits = out.append(bigEndian: UInt64(clamping: entry.spentAt)) && fits
        }
        return fits
    }

    /// Reads a record; nothing but what `encode` writes is taken.
    ///
    /// - Throws: `.unknownVersion` for another version, `.malformed` for anything else.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> Record {
        var record = Record(state: .pending, confirmed: false, created: 0, changed: 0)
        try read(bytes, into: &record)
        return record
    }

    /// Reads a record in the place, and the memory, of another; where that fails, what stands there is none.
    package static func decode(_ bytes: Span<UInt8>, into record: inout Record) throws(DecodeError) {
        record.clear()
        try read(bytes, into: &record)
    }

    /// - Parameter record: a new one, or one that was cleared.
    private static func read(_ bytes: Span<UInt8>, into record: inout Record) throws(DecodeError) {
        var reader = ByteReader(bytes)
        guard try reader.unsigned(UInt16.self) == version else { throw .unknownVersion }
        guard let state = Record.State(rawValue: try reader.unsigned()) else { throw .malformed }
        let flags: UInt8 = try reader.unsigned()
        guard flags <= 3 else { throw .malformed }
        record.state = state
        record.confirmed = flags & 1 != 0
        record.created = try reader.count64()
        record.changed = try reader.count64()
        record.cautious = flags & 2 != 0
        record.throttle = try readThrottle(&reader)
        for _ in 0..<(try reader.unsigned(UInt8.self)) { try readToken(&reader, into: &record) }
        record.backupCodes = try readBackupCodes(&reader)
        try readSecurityKeys(&reader, into: &record)
        record.remembered = try readRemembered(&reader)
        let appendix = try reader.take(Int(try reader.unsigned(UInt16.self)))
        guard appendix.count <= Appendix.limit else { throw .malformed }
        if record.appendix.capacity < appendix.count { record.appendix = SecretBytes(capacity: Appendix.limit) }
        record.appendix.append(contentsOf: reader.span(appendix))
        try reader.endWithZeroes()
    }

    private static func readToken(_ reader: inout ByteReader, into record: inout Record) throws(DecodeError) {
        let id: UInt32 = try reader.unsigned()
        guard let kind = Token.Kind(rawValue: try reader.unsigned()),
            let algorithm = HashAlgorithm(rawValue: try reader.unsigned())
        else { throw .malformed }
        var token = Token(
            id: id, kind: kind, algorithm: algorithm, digits: Int(try reader.unsigned(UInt8.self)),
            period: Int(try reader.unsigned(UInt8.self)), created: 0, label: [], key: 0..<0)
        token.drift = Int8(bitPattern: try reader.unsigned())
        token.lean = Int8(bitPattern: try reader.unsigned())
        token.floor = try reader.count64()
        token.created = try reader.count64()
        token.lastUsed = try reader.count64()
        token.label = try reader.array(Int(try reader.unsigned(UInt8.self)))
        let key = try reader.take(Int(try reader.unsigned(UInt8.self)))
        guard record.add(token, key: reader.span(key)) else { throw .malformed }
    }

    private static func readBackupCodes(_ reader: inout ByteReader) throws(DecodeError) -> BackupCodeSet {
        var codes = BackupCodeSet()
        let count = Int(try reader.unsigned(UInt8.self))
        guard count <= BackupCodeSet.limit else { throw .malformed }
        guard count > 0 else { return codes }
        codes.setting = try reader.array(Bcrypt.settingSize)
        for _ in 0..<count {
            let tail = try reader.array(BackupCodeSet.tailSize)
            codes.entries.append(BackupCodeSet.Entry(tail: tail, spentAt: try reader.count64()))
        }
        return codes
    }

    private static func append(_ keys: [SecurityKey], to out: inout SecretBytes) -> Bool {
        var fits = out.append(UInt8(clamping: keys.count))
        for key in keys {
            fits = out.append(bigEndian: UInt64(clamping: key.created)) && fits
            fits = out.append(bigEndian: UInt64(clamping: key.lastUsed)) && fits
            fits = out.append(UInt8(clamping: key.label.count)) && fits
            fits = out.append(contentsOf: key.label.span) && fits
            fits = out.append(bigEndian: UInt16(clamping: key.publicKey.count)) && fits
            fits = out.append(contentsOf: key.publicKey.span) && fits
        }
        return fits
    }

    private static func readSecurityKeys(_ reader: inout ByteReader, into record: inout Record) throws(DecodeError) {
        for _ in 0..<(try reader.unsigned(UInt8.self)) {
            let created = try reader.count64()
            let lastUsed = try reader.count64()
            let label = try reader.array(Int(try reader.unsigned(UInt8.self)))
            let publicKey = try reader.array(Int(try reader.unsigned(UInt16.self)))
            let key = SecurityKey(label: label, publicKey: publicKey, created: created, lastUsed: lastUsed)
            guard record.add(key) else { throw .malformed }
        }
    }
}

/// The remembered logins' part.
extension RecordCodec {
    private static func append(_ logins: [RememberedLogin], to out: inout SecretBytes) -> Bool {
        var fits = logins.count <= RememberedLogin.limit && out.append(UInt8(clamping: logins.count))
        for login in logins {
            fits = out.append(bigEndian: login.mark.high) && fits
            fits = out.append(bigEndian: login.mark.low) && fits
            fits = out.append(bigEndian: login.at) && fits
        }
        return fits
    }

    private static func readRemembered(_ reader: inout ByteReader) throws(DecodeError) -> [RememberedLogin] {
        var logins: [RememberedLogin] = []
        let count = try reader.unsigned(UInt8.self)
        guard count <= RememberedLogin.limit else { throw .malformed }
        for _ in 0..<count {
            let mark = RememberedLogin.Mark(high: try reader.unsigned(), low: try reader.unsigned())
            guard !logins.contains(where: { $0.mark == mark }) else { throw .malformed }
            logins.append(RememberedLogin(mark, at: try reader.unsigned()))
        }
        return logins
    }
}
