internal import Crypto
internal import Linux
package import TwostepCore

/// Looking at many records, one after the other, without their locks: for the tool; no login does any of it.
///
/// A record's older slot says no more than that it is whole, which nobody asks here: the newer one alone is opened, in
/// memory that serves for all of them.
package struct RecordLook: ~Copyable {
    /// A file, of whose header only that is read in which there is something.
    private var bytes = [UInt8](repeating: 0, count: RecordFormat.fileSize)
    private var text = SecretBytes(zeroes: RecordFormat.plaintextSize)
    private var textKey = SecretBytes(capacity: AEAD.keySize)

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
            do throws(DecodeError) { return body(try RecordCodec.decode(text.bytes)) } catch {
                throw StoreError(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "contents")
            }
        }
        // Damaged, or being written or rotated at this moment.
        return body(try LoadedRecord.read(file, account, in: store).record)
    }

    private mutating func openNewer(
        _ file: borrowing Descriptor, _ account: Account, in store: borrowing OpenStore
    ) throws(StoreError) -> Bool {
        do throws(SystemError) {
            var room = bytes.mutableSpan
            var header = room._mutatingExtracting(first: RecordFormat.usedHeader)
            guard try file.read(into: &header, at: 0) == RecordFormat.usedHeader else { return false }
            var slots = room._mutatingExtracting(last: 2 * RecordFormat.blockSize)
            guard try file.read(into: &slots, at: Int64(RecordFormat.blockSize)) == 2 * RecordFormat.blockSize else {
                return false
            }
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
