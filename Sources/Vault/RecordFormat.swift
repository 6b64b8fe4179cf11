internal import Crypto
internal import TwostepCore

/// The bytes of a record file: a header that is written once, and two slots. Described in docs/file-format.md; a
/// change here is a change there.
enum RecordFormat {
    static let version: UInt16 = 1
    static var magic: [UInt8] { [UInt8](text: "twostep\0") }
    /// The header and each slot begin on a boundary of this many bytes and are this long.
    static let blockSize = 4096
    static let idSize = 16
    static let fileSize = 3 * blockSize
    /// What stands before the sealed text in a slot: generation and key id.
    static let slotPrefix = 8 + MasterKey.idSize
    /// The size of a record's plaintext.
    static var plaintextSize: Int { blockSize - slotPrefix - Sealing.overhead }

    static func slotOffset(_ slot: Int) -> Int { blockSize * (1 + slot) }

    /// The header's block.
    static func header(id: [UInt8]) -> SecretBytes {
        var header = SecretBytes(capacity: blockSize)
        header.append(contentsOf: magic.span)
        header.append(bigEndian: version)
        header.append(bigEndian: UInt32(blockSize))
        header.append(contentsOf: id.span)
        header.resize(to: blockSize)
        return header
    }

    /// Reads a header.
    ///
    /// - Returns: the record's id.
    static func readHeader(_ block: Span<UInt8>) throws(DecodeError) -> [UInt8] {
        var reader = ByteReader(block)
        guard try reader.array(magic.count) == magic else { throw .malformed }
        guard try reader.unsigned(UInt16.self) == version, try reader.unsigned(UInt32.self) == UInt32(blockSize) else {
            throw .unknownVersion
        }
        let id = try reader.array(idSize)
        try reader.endWithZeroes()
        return id
    }

    /// What is authenticated beside a slot's text: a slot is worth something only in its own place in its own file,
    /// for its own account.
    @inline(never)
    static func associated(
        id: [UInt8], slot: Int, generation: UInt64, keyID: UInt64, account: Account
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: version)
        bytes += id
        bytes.append(UInt8(truncatingIfNeeded: slot))
        bytes.append(bigEndian: generation)
        bytes.append(bigEndian: keyID)
        bytes.append(bigEndian: account.uid)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: account.name.count))
        bytes += account.name
        return bytes
    }
}
