internal import Crypto
internal import Linux
internal import TwostepCore

/// The sealed files beside the records: the marker, which says that this folder is a store and which one, and the
/// index of the uids that have a record. Both are `magic ‖ version ‖ key id ‖ sealed text`; docs/file-format.md.
enum StoreFile {
    case marker
    case index(storeID: [UInt8])

    static let storeIDSize = 16
    static let version: UInt16 = 1
    /// The most uids an index may hold.
    static let indexLimit = 1_000_000
    private static let keyIDOffset = 8 + 2
    private static let prefixSize = keyIDOffset + MasterKey.idSize

    var name: [UInt8] {
        switch self {
        case .marker: [UInt8](text: "marker")
        case .index: [UInt8](text: "index")
        }
    }

    private var magic: [UInt8] {
        switch self {
        case .marker: [UInt8](text: "2stepMRK")
        case .index: [UInt8](text: "2stepIDX")
        }
    }

    private var kind: SealedKind {
        switch self {
        case .marker: .marker
        case .index: .index
        }
    }

    private var subject: Subject {
        switch self {
        case .marker: .marker
        case .index: .index
        }
    }

    private var corrupt: StoreError.Reason {
        switch self {
        case .marker: .markerCorrupt
        case .index: .indexCorrupt
        }
    }

    private func prefix(_ keyID: UInt64) -> [UInt8] {
        var prefix = magic
        prefix.append(bigEndian: StoreFile.version)
        prefix.append(bigEndian: keyID)
        return prefix
    }

    private func associated(_ keyID: UInt64) -> [UInt8] {
        if case .index(let storeID) = self { return prefix(keyID) + storeID }
        return prefix(keyID)
    }

    /// The sealed file's bytes.
    func seal(
        _ plaintext: Span<UInt8>, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> SecretBytes {
        let prefix = prefix(key.id)
        var file = SecretBytes(zeroes: prefix.count + plaintext.count + Sealing.overhead)
        var room = file.mutableBytes
        for index in prefix.indices { room[index] = prefix[index] }
        var textKey = SecretBytes(capacity: AEAD.keySize)
        var sealed = room._mutatingExtracting(last: plaintext.count + Sealing.overhead)
        try Sealing.seal(
            kind, plaintext, associated: associated(key.id), into: &sealed, key: key, crypto: crypto,
            textKey: &textKey)
        return file
    }

    /// Reads the file from the store's folder and opens it.
    ///
    /// - Parameter keyPath: where the keys are. If the file names another one than those at hand, a rotation goes on or
    ///   went on meanwhile: they are read anew and then the file, so that it cannot be newer than they are. Nil where
    ///   those at hand are all there can be.
    func read(
        in folder: borrowing Descriptor, keys: Keyring, keyPath: [UInt8]? = nil, crypto: borrowing Libcrypto
    ) throws(StoreError) -> SecretBytes {
        let file = try readFile(in: folder)
        guard file.count >= StoreFile.prefixSize else { throw StoreError(corrupt, cause: "size") }
        let expected = prefix(0)
        for index in 0..<StoreFile.keyIDOffset where file[index] != expected[index] {
            throw index < magic.count ? StoreError(corrupt, cause: "magic") : StoreError(.unknownVersion, cause: name)
        }
        guard let key = keys.key(bigEndian(file.span, at: StoreFile.keyIDOffset)) else {
            guard let keyPath else { throw StoreError(corrupt, cause: "other-key") }
            return try read(in: folder, keys: try readKeys(at: keyPath, crypto: crypto), crypto: crypto)
        }
        let sealed = file.span.extracting(last: file.count - StoreFile.prefixSize)
        guard sealed.count >= Sealing.overhead else { throw StoreError(corrupt, cause: "size") }
        var plaintext = SecretBytes(zeroes: sealed.count - Sealing.overhead)
        do throws(CryptoError) {
            var textKey = SecretBytes(capacity: AEAD.keySize)
            var room = plaintext.mutableBytes
            try Sealing.open(
                kind, sealed, associated: associated(key.id), key: key, crypto: crypto, textKey: &textKey, into: &room)
            return plaintext
        } catch {
            throw error == .notAuthentic
                ? StoreError(corrupt, cause: "not-authentic") : StoreError(.cryptoUnavailable)
        }
    }

    private func readFile(in folder: borrowing Descriptor) throws(StoreError) -> [UInt8] {
        let file: Descriptor
        do throws(PathProblem) { file = try folder.openFile(name, .read, .secret) } catch {
            throw subject.error(error)
        }
        return try file.readAll(limit: StoreFile.indexLimit * 4 + 4096, subject)
    }
}

/// The index's plaintext: the number of uids and the uids, strictly ascending, four bytes each, big-endian.
enum IndexCodec {
    static func encode(_ uids: [UInt32]) -> SecretBytes {
        var out = SecretBytes(capacity: 4 + uids.count * 4)
        out.append(bigEndian: UInt32(clamping: uids.count))
        for uid in uids { out.append(bigEndian: uid) }
        return out
    }

    static func decode(_ text: Span<UInt8>) throws(DecodeError) -> [UInt32] {
        var reader = ByteReader(text)
        let count = Int(try reader.unsigned(UInt32.self))
        guard count <= StoreFile.indexLimit, text.count == 4 + count * 4 else { throw .malformed }
        var uids: [UInt32] = []
        uids.reserveCapacity(count)
        for _ in 0..<count {
            let uid: UInt32 = try reader.unsigned()
            if let last = uids.last, last >= uid { throw .malformed }
            uids.append(uid)
        }
        return uids
    }
}
