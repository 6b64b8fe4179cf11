internal import Crypto
internal import TwostepCore

/// The state of a record's two slots after reading both.
struct SlotState: Equatable {
    /// Which slot holds the record: 0 or 1.
    let current: Int
    let generation: UInt64
    let health: RecordHealth
}

/// What reading both slots gave: the state, the key of the slot that counts, and the plaintext of the record.
struct OpenedSlots: ~Copyable {
    let state: SlotState
    let key: MasterKey
    let text: SecretBytes
    /// Room for the keys of texts, for the next use.
    let textKey: SecretBytes
}

/// A block to write at `RecordFormat.slotOffset` of its slot, and the state once it is durable.
struct SealedSlot: ~Copyable {
    let state: SlotState
    let block: [UInt8]
}

/// Reading and sealing the two slots of one record.
struct Slots {
    let id: [UInt8]
    let account: Account

    /// Opens both slots and takes the newer one that authenticates.
    ///
    /// - Parameter file: the whole file, `RecordFormat.fileSize` bytes.
    func read(
        _ file: Span<UInt8>, keys: Keyring, crypto: borrowing Libcrypto
    ) throws(StoreError) -> OpenedSlots {
        guard file.count == RecordFormat.fileSize else { throw StoreError(.recordCorrupt, cause: "size") }
        let first = bigEndian(file, at: RecordFormat.slotOffset(0))
        let second = bigEndian(file, at: RecordFormat.slotOffset(1))
        let newer = second > first ? 1 : 0
        let newest = max(first, second)
        let oldest = min(first, second)
        var text = SecretBytes(zeroes: RecordFormat.plaintextSize)
        var textKey = SecretBytes(capacity: AEAD.keySize)
        // The older slot is read too, only to know whether it is sound.
        let olderKey = try open(1 - newer, in: file, keys, crypto, &textKey, into: &text)
        if let key = try open(newer, in: file, keys, crypto, &textKey, into: &text) {
            let health: RecordHealth = olderKey != nil && newest == oldest &+ 1 ? .sound : .oneSlotDamaged
            return OpenedSlots(
                state: SlotState(current: newer, generation: newest, health: health), key: key, text: text,
                textKey: textKey)
        }
        guard olderKey != nil, let key = try open(1 - newer, in: file, keys, crypto, &textKey, into: &text) else {
            let isOurs = (0..<2).contains { keys.key(Slots.keyID(of: $0, in: file)) != nil }
            throw StoreError(.recordCorrupt, cause: isOurs ? "not-authentic" : "other-key")
        }
        return OpenedSlots(
            state: SlotState(current: 1 - newer, generation: oldest, health: .oneSlotDamaged), key: key, text: text,
            textKey: textKey)
    }

    /// Opens the newer slot alone.
    ///
    /// - Returns: whether it authenticates.
    func openNewer(
        _ bytes: [UInt8], keys: Keyring, crypto: borrowing Libcrypto, _ textKey: inout SecretBytes,
        into text: inout SecretBytes
    ) throws(StoreError) -> Bool {
        let file = bytes.span
        let first = bigEndian(file, at: RecordFormat.slotOffset(0))
        let newer = bigEndian(file, at: RecordFormat.slotOffset(1)) > first ? 1 : 0
        return try open(newer, in: file, keys, crypto, &textKey, into: &text) != nil
    }

    /// Seals `plaintext` as the next state after `state`, for the slot that does not hold the record.
    func seal(
        _ plaintext: Span<UInt8>, after state: SlotState, key: MasterKey, crypto: borrowing Libcrypto,
        textKey: inout SecretBytes
    ) throws(CryptoError) -> SealedSlot {
        let next = SlotState(current: 1 - state.current, generation: state.generation &+ 1, health: .sound)
        var block = [UInt8](repeating: 0, count: RecordFormat.blockSize)
        var prefix: [UInt8] = []
        prefix.append(bigEndian: next.generation)
        prefix.append(bigEndian: key.id)
        var room = block.mutableSpan
        for index in prefix.indices { room[index] = prefix[index] }
        let associated = RecordFormat.associated(
            id: id, slot: next.current, generation: next.generation, keyID: key.id, account: account)
        var sealed = room._mutatingExtracting(last: RecordFormat.blockSize - RecordFormat.slotPrefix)
        try Sealing.seal(
            .record, plaintext, associated: associated, into: &sealed, key: key, crypto: crypto, textKey: &textKey)
        return SealedSlot(state: next, block: block)
    }

    /// The id of the key that a slot of a whole file is sealed under.
    static func keyID(of slot: Int, in file: Span<UInt8>) -> UInt64 {
        bigEndian(file, at: RecordFormat.slotOffset(slot) + 8)
    }

    /// Decrypts a slot into `text`.
    ///
    /// - Returns: the key that it is sealed under; nil where it does not authenticate: `text` then holds nothing of it.
    @inline(never)
    private func open(
        _ slot: Int, in file: Span<UInt8>, _ keys: Keyring, _ crypto: borrowing Libcrypto,
        _ textKey: inout SecretBytes, into text: inout SecretBytes
    ) throws(StoreError) -> MasterKey? {
        guard let key = keys.key(Slots.keyID(of: slot, in: file)) else { return nil }
        let associated = RecordFormat.associated(
            id: id, slot: slot, generation: bigEndian(file, at: RecordFormat.slotOffset(slot)), keyID: key.id,
            account: account)
        let start = RecordFormat.slotOffset(slot)
        let sealed = file.extracting((start + RecordFormat.slotPrefix)..<(start + RecordFormat.blockSize))
        do throws(CryptoError) {
            var room = text.mutableBytes
            try Sealing.open(
                .record, sealed, associated: associated, key: key, crypto: crypto, textKey: &textKey, into: &room)
            return key
        } catch {
            guard error == .notAuthentic else { throw StoreError(.cryptoUnavailable) }
            return nil
        }
    }
}
