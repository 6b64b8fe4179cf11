internal import Crypto
internal import Linux
internal import TwostepCore

/// A record that was read from its file, and what is needed to write it back in place.
struct LoadedRecord: ~Copyable {
    var record: Record
    private let slots: Slots
    /// What the slot that counts is sealed under, and what is written next will be.
    var key: MasterKey
    private(set) var state: SlotState
    /// Room for the plaintext, used in turn for reading and for writing.
    private var text: SecretBytes
    /// Room for the keys of texts, likewise.
    private var textKey: SecretBytes

    /// Reads the record from its open file.
    ///
    /// Where a slot names a key that the store was not opened with, a rotation goes on or went on meanwhile: the keys are
    /// read anew and then the file, so that nothing in it can be newer than they are.
    @inline(never)
    static func read(
        _ file: borrowing Descriptor, _ account: Account, in store: borrowing OpenStore, keys: Keyring? = nil
    ) throws(StoreError) -> LoadedRecord {
        let bytes = try file.readAll(limit: RecordFormat.fileSize, .record)
        guard bytes.count == RecordFormat.fileSize else { throw StoreError(.recordCorrupt, cause: "size") }
        let known = keys ?? store.keys
        if keys == nil, (0..<2).contains(where: { known.key(Slots.keyID(of: $0, in: bytes.span)) == nil }) {
            return try read(file, account, in: store, keys: try store.readKeys())
        }
        let slots = Slots(id: try readID(bytes.span), account: account)
        let opened = try slots.read(bytes.span, keys: known, crypto: store.crypto)
        return LoadedRecord(
            record: try decode(opened.text), slots: slots, key: opened.key, state: opened.state, text: opened.text,
            textKey: opened.textKey)
    }

    private static func readID(_ file: Span<UInt8>) throws(StoreError) -> [UInt8] {
        do throws(DecodeError) {
            return try RecordFormat.readHeader(file.extracting(first: RecordFormat.blockSize))
        } catch {
            throw StoreError(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "header")
        }
    }

    private static func decode(_ text: borrowing SecretBytes) throws(StoreError) -> Record {
        do throws(DecodeError) { return try RecordCodec.decode(text.bytes) } catch {
            throw StoreError(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "contents")
        }
    }

    /// Writes the record over its older slot and returns once it is durable. No new space is needed, and the newer
    /// slot stays as it is until then (law 10).
    ///
    /// It is sealed under the key that it was found under: from an old one only a rotation takes it to the current one,
    /// which is durable by then.
    mutating func write(to file: borrowing Descriptor, crypto: borrowing Libcrypto) throws(StoreError) {
        guard RecordCodec.encode(record, into: &text) else { throw StoreError(.recordFull) }
        let sealed = try LoadedRecord.seal(slots, text, after: state, key: key, crypto: crypto, &textKey)
        do throws(SystemError) {
            try file.write(sealed.block.span, at: Int64(RecordFormat.slotOffset(sealed.state.current)))
            try file.syncData()
        } catch {
            throw StoreError(.notWritable, cause: error.name)
        }
        state = sealed.state
    }

    private static func seal(
        _ slots: Slots, _ text: borrowing SecretBytes, after state: SlotState, key: MasterKey,
        crypto: borrowing Libcrypto, _ textKey: inout SecretBytes
    ) throws(StoreError) -> SealedSlot {
        do throws(CryptoError) {
            return try slots.seal(text.bytes, after: state, key: key, crypto: crypto, textKey: &textKey)
        } catch {
            throw StoreError(sealing: error)
        }
    }
}

/// Opening record files and taking their locks.
enum RecordFile {
    /// How long anybody waits for a record's lock, in milliseconds.
    static let lockWait: Int64 = 5000
    /// How often a record is opened again that was replaced while its lock was awaited.
    private static let reopenings = 8

    /// The file's name in the folder `users`: the uid, or a decoy's name.
    static func name(of account: Account) -> [UInt8] {
        Decoys.isDecoy(account) ? account.name : [UInt8](decimal: Int64(account.uid))
    }

    /// The bytes of a record file whose both slots hold `text`.
    static func sealNew(
        _ account: Account, _ text: Span<UInt8>, key: MasterKey, crypto: borrowing Libcrypto
    ) throws(StoreError) -> SecretBytes {
        do throws(CryptoError) {
            let id = try randomBytes(RecordFormat.idSize)
            let slots = Slots(id: id, account: account)
            var file = SecretBytes(capacity: RecordFormat.fileSize)
            file.append(contentsOf: RecordFormat.header(id: id).bytes)
            let before = SlotState(current: 1, generation: 0, health: .sound)
            var textKey = SecretBytes(capacity: AEAD.keySize)
            let first = try slots.seal(text, after: before, key: key, crypto: crypto, textKey: &textKey)
            let second = try slots.seal(text, after: first.state, key: key, crypto: crypto, textKey: &textKey)
            file.append(contentsOf: first.block.span)
            file.append(contentsOf: second.block.span)
            return file
        } catch {
            throw StoreError(sealing: error)
        }
    }

    /// Opens the record's file and checks it.
    ///
    /// - Returns: nil where there is no such file.
    @inline(never)
    static func open(
        _ account: Account, in users: borrowing Descriptor, _ access: Descriptor.Access
    ) throws(StoreError) -> Descriptor? {
        do throws(PathProblem) { return try users.openFile(name(of: account), access, .secret) } catch {
            if case .missing = error { return nil }
            if case .system(let error) = error, case .readWrite = access, error.isRefusalToWrite {
                throw StoreError(.notWritable, cause: error.name)
            }
            throw Subject.record.error(error)
        }
    }

    /// Opens the record's file for update and takes its lock.
    ///
    /// Whether it can be written is looked at before anything in it is (law 2).
    ///
    /// - Returns: nil where there is no such file.
    static func openLocked(_ account: Account, in users: borrowing Descriptor) throws(StoreError) -> Descriptor? {
        for _ in 0..<reopenings {
            guard let file = try open(account, in: users, .readWrite) else { return nil }
            guard largestWritableFile() >= UInt64(RecordFormat.fileSize) else {
                throw StoreError(.notWritable, cause: "RLIMIT_FSIZE")
            }
            do throws(SystemError) {
                try file.lock(waitingAtMost: lockWait)
                // Whoever held the lock may have put a new file in this one's place.
                let opened = try file.status()
                let named = try users.status(of: name(of: account))
                if opened.device == named.device, opened.inode == named.inode { return file }
            } catch {
                if error == .noEntry { return nil }
                throw error == .tryAgain
                    ? StoreError(.lockTimeout) : StoreError(.recordUnreadable, cause: error.name)
            }
        }
        throw StoreError(.lockTimeout, cause: "replaced")
    }
}

extension StoreError {
    /// Why nothing could be sealed: every text takes fresh random bytes.
    init(sealing error: CryptoError) {
        self.init(.cryptoUnavailable, cause: error == .noRandomness ? "getrandom" : "seal")
    }
}

extension SystemError {
    /// A read-only file system, an immutable file, a quota or a permission.
    fileprivate var isRefusalToWrite: Bool { [.readOnly, .notPermitted, .noAccess, .textBusy].contains(self) }
}

extension RecordFile {
    /// The uid whose record a file's name says it is; nil for another name.
    static func uid(named name: [UInt8]) -> UInt32? {
        guard let uid = UInt32(String(decoding: name, as: UTF8.self)), [UInt8](decimal: Int64(uid)) == name else {
            return nil
        }
        return uid
    }
}
