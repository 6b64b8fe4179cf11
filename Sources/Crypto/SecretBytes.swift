internal import Linux

/// Bytes that must not be seen: one owner, kept out of core dumps, wiped when the owner is done with them.
///
/// The capacity is fixed when the value is made, so that no copy is ever left behind by growing.
public struct SecretBytes: ~Copyable {
    private var pages: Pages
    /// How many bytes are in use, 0 to `capacity`.
    package private(set) var count = 0

    /// Makes room for `capacity` bytes (0 to 16 MiB), none of them in use.
    @inline(never)
    package init(capacity: Int) { pages = Pages(byteCount: capacity) }

    /// Makes a copy of `bytes`.
    @inline(never)
    package init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count)
        append(contentsOf: bytes)
    }

    /// Makes `count` zero bytes, all in use, to be filled through `mutableBytes`.
    @inline(never)
    package init(zeroes count: Int) {
        self.init(capacity: count)
        self.count = count
    }

    /// How many bytes fit.
    package var capacity: Int { pages.byteCount }

    /// The bytes in use, for reading.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self) get { pages.bytes.extracting(first: count) }
    }

    /// The bytes in use, for writing.
    package var mutableBytes: MutableSpan<UInt8> {
        @_lifetime(&self) mutating get {
            let inUse = count
            return pages.mutableBytes._consumingExtracting(first: inUse)
        }
    }

    /// Adds one byte; a byte that does not fit is dropped and told.
    ///
    /// - Returns: whether it fitted.
    @discardableResult
    @inline(never)
    package mutating func append(_ byte: UInt8) -> Bool {
        guard count < capacity else { return false }
        let end = count
        var room = pages.mutableBytes
        room[end] = byte
        count = end + 1
        return true
    }

    /// Adds all of `bytes`, or none where they do not fit.
    ///
    /// - Returns: whether they fitted.
    @discardableResult
    @inline(never)
    package mutating func append(contentsOf bytes: Span<UInt8>) -> Bool {
        guard bytes.count <= capacity - count else { return false }
        let end = count
        var room = pages.mutableBytes
        for index in bytes.indices { room[end + index] = bytes[index] }
        count = end + bytes.count
        return true
    }

    /// Takes the first `count` bytes (0 to `capacity`) in use, and no others; a number outside is taken as the nearer end.
    package mutating func resize(to count: Int) { self.count = min(max(count, 0), capacity) }

    /// Wipes everything; nothing is in use afterwards.
    package mutating func wipe() {
        pages.wipe()
        count = 0
    }

    /// A second owner for the same bytes.
    package func copy() -> SecretBytes { SecretBytes(copying: bytes) }
}

extension SecretBytes {
    /// Makes `count` random bytes (1 to 4,096) from the kernel.
    ///
    /// - Throws: `.noRandomness` where the kernel gives none.
    package static func random(_ count: Int) throws(CryptoError) -> SecretBytes {
        var secret = SecretBytes(zeroes: count)
        var room = secret.mutableBytes
        do throws(SystemError) { try fillRandom(&room) } catch { throw .noRandomness }
        return secret
    }
}

/// Makes `count` random bytes (1 to 4,096) that need not be secret, such as ids and salts.
///
/// - Throws: `.noRandomness` where the kernel gives none.
package func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    do throws(SystemError) { try fillRandom(&span) } catch { throw .noRandomness }
    return bytes
}
