internal import Crypto
internal import TwostepCore

/// The state of a record's two slots after reading both.
struct SlotState: Equatable {
    /// Which slot holds the record: 0 or 1.
    let current: Int
    let generation: UInt64
    let health: RecordHealth
}

/// What reading both slots gave: the state, and the plaintext of the record.
struct OpenedSlots: ~Copyable {
    let state: SlotState
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
        _ file: Span<UInt8>, key: borrowing MasterKey, crypto: borrowing Libcrypto
    ) throws(StoreError) -> OpenedSlots {
        let first = try generation(of: 0, in: file, key: key)
        let second = try generation(of: 1, in: file, key: key)
        let newer = second > first ? 1 : 0
        let newest = max(first, second)
        let oldest = min(first, second)
        var text = SecretBytes(zeroes: RecordFormat.plaintextSize)
        var textKey = SecretBytes(capacity: AEAD.keySize)
        // The older slot is read too, only to know whether it is sound.
        let olderIsWhole = try open(1 - newer, in: file, key: key, crypto: crypto, &textKey, into: &text)
        if try open(newer, in: file, key: key, crypto: crypto, &textKey, into: &text) {
            let health: RecordHealth = olderIsWhole && newest == oldest &+ 1 ? .sound : .oneSlotDamaged
            return OpenedSlots(
                state: SlotState(current: newer, generation: newest, health: health), text: text,
                textKey: textKey)
        }
        guard olderIsWhole, try open(1 - newer, in: file, key: key, crypto: crypto, &textKey, into: &text) else {
            throw StoreError(.recordCorrupt, cause: keyMatches(file, key) ? "not-authentic" : "other-key")
        }
        return OpenedSlots(
            state: SlotState(current: 1 - newer, generation: oldest, health: .oneSlotDamaged), text: text,
            textKey: textKey)
    }

    /// Seals `plaintext` as the next state after `state`, for the slot that does not hold the record.
    func seal(
        _ plaintext: Span<UInt8>, after state: SlotState, key: borrowing MasterKey, crypto: borrowing Libcrypto,
        textKey: inout SecretBytes
    ) throws(CryptoError) -> SealedSlot {
        let next = SlotState(current: 1 - state.current, generation: state.generation &+ 1, health: .sound)
        var block = [UInt8](repeating: 0, count: RecordFormat.blockSize)
        var prefix: [UInt8] = []
        prefix.append(bigEndian: next.generation)
        prefix += key.id
        var room = block.mutableSpan
        for index in prefix.indices { room[index] = prefix[index] }
        let associated = RecordFormat.associated(
            id: id, slot: next.current, generation: next.generation, keyID: key.id, account: account)
        var sealed = room._mutatingExtracting(last: RecordFormat.blockSize - RecordFormat.slotPrefix)
        try Sealing.seal(
            .record, plaintext, associated: associated, into: &sealed, key: key, crypto: crypto, textKey: &textKey)
        return SealedSlot(state: next, block: block)
    }

    private func block(_ slot: Int, in file: Span<UInt8>) -> Range<Int> {
        let start = RecordFormat.slotOffset(slot)
        return start..<(start + RecordFormat.blockSize)
    }

    private func generation(
        of slot: Int, in file: Span<UInt8>, key: borrowing MasterKey
    ) throws(StoreError) -> UInt64 {
        guard file.count == RecordFormat.fileSize else { throw StoreError(.recordCorrupt, cause: "size") }
        var reader = ByteReader(file.extracting(block(slot, in: file)))
        do throws(DecodeError) { return try reader.unsigned() } catch { throw StoreError(.recordCorrupt) }
    }

    /// Decrypts a slot into `text`.
    ///
    /// - Returns: false where the slot does not authenticate; `text` then holds nothing of it.
    private func open(
        _ slot: Int, in file: Span<UInt8>, key: borrowing MasterKey, crypto: borrowing Libcrypto,
        _ textKey: inout SecretBytes, into text: inout SecretBytes
    ) throws(StoreError) -> Bool {
        let generation = try generation(of: slot, in: file, key: key)
        let block = file.extracting(block(slot, in: file))
        guard matches(block, key) else { return false }
        let associated = RecordFormat.associated(
            id: id, slot: slot, generation: generation, keyID: key.id, account: account)
        let sealed = block.extracting(last: RecordFormat.blockSize - RecordFormat.slotPrefix)
        do throws(CryptoError) {
            var room = text.mutableBytes
            try Sealing.open(
                .record, sealed, associated: associated, key: key, crypto: crypto, textKey: &textKey, into: &room)
            return true
        } catch {
            guard error == .notAuthentic else { throw StoreError(.cryptoUnavailable) }
            return false
        }
    }

    private func matches(_ block: Span<UInt8>, _ key: borrowing MasterKey) -> Bool {
        equalInConstantTime(block.extracting(8..<RecordFormat.slotPrefix), key.id.span)
    }

    private func keyMatches(_ file: Span<UInt8>, _ key: borrowing MasterKey) -> Bool {
        matches(file.extracting(block(0, in: file)), key) || matches(file.extracting(block(1, in: file)), key)
    }
}
