internal import Crypto
internal import Linux
package import TwostepCore

/// Looking at many records, one after the other, without their locks: for the tool; no login does any of it.
///
/// A record's older slot says no more than that it is whole, which nobody asks here: the newer one alone is opened, in
/// memory that serves for all of them.
package struct RecordLook: ~Copyable {
    private var bytes = [UInt8](repeating: 0, count: RecordFormat.fileSize)
    private var text = SecretBytes(zeroes: RecordFormat.plaintextSize)
    private var textKey = SecretBytes(capacity: AEAD.keySize)
    /// Of nobody but while one is looked at.
    private var record = Record(state: .pending, confirmed: false, created: 0, changed: 0)

    package init() {}

    /// Reads an account's record; as `OpenStore.peek` otherwise.
    ///
    /// - Parameter isNamed: whether the index names the account: without a record it has lost it.
    package mutating func look<R>(
        at account: Account, in store: borrowing OpenStore, isNamed: Bool, _ body: (borrowing Record) -> R
    ) throws(StoreError) -> R? {
        guard let file = try RecordFile.open(account, in: store.users, .read) else {
            if isNamed { throw StoreError(.recordMissing) }
            return nil
        }
        if try openNewer(file, account, in: store) {
            return try decode(body)
        }
        // Damaged, or being written or rotated at this moment.
        return body(try LoadedRecord.read(file, account, in: store).record)
    }

    private mutating func decode<R>(_ body: (borrowing Record) -> R) throws(StoreError) -> R {
        defer { record.clear() }
        try RecordLook.decode(text, into: &record)
        return body(record)
    }

    private static func decode(_ text: borrowing SecretBytes, into record: inout Record) throws(StoreError) {
        do throws(DecodeError) { try RecordCodec.decode(text.bytes, into: &record) } catch {
            throw StoreError(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "contents")
        }
    }

    private mutating func openNewer(
        _ file: borrowing Descriptor, _ account: Account, in store: borrowing OpenStore
    ) throws(StoreError) -> Bool {
        do throws(SystemError) {
            // All of it at once, though of the header little is needed: a call costs more than a page.
            var room = bytes.mutableSpan
            guard try file.read(into: &room, at: 0) == RecordFormat.fileSize else { return false }
        } catch {
            throw StoreError(.recordUnreadable, cause: error.name)
        }
        let id: [UInt8]
        do throws(DecodeError) {
            id = try RecordFormat.readHeader(bytes.span.extracting(first: RecordFormat.blockSize))
        } catch {
            return false
        }
        return try Slots(id: id, account: account).openNewer(
            bytes, keys: store.keys, crypto: store.crypto, &textKey, into: &text)
    }
}
