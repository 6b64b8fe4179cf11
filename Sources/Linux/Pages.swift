internal import CLinux

/// Whole pages of zeroed memory for secrets: kept out of core dumps, wiped before they are given back.
///
/// Running out of memory ends the process; it never yields pages that are missing or shared.
@safe public struct Pages: ~Copyable {
    private let base: UnsafeMutableRawPointer?
    /// The size that was asked for, in bytes.
    package let byteCount: Int

    /// Maps at least `byteCount` bytes (0 to 16 MiB); for none at all nothing is mapped.
    @inline(never)
    package init(byteCount: Int) {
        guard byteCount >= 0, byteCount <= 16 << 20 else { abort() }
        self.byteCount = byteCount
        guard byteCount > 0 else {
            // SAFETY: no mapping is owned, and none is given back.
            unsafe base = nil
            return
        }
        // SAFETY: an anonymous private mapping touches no existing memory; failure is checked before use.
        guard let mapped = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1)
        else { abort() }
        // Every Linux since 3.4 takes this advice. One that does not would let secrets into core dumps (law 5), and there is
        // nobody to ask here: like want of memory, that ends the process and admits nobody.
        // SAFETY: the advice covers exactly the mapping just made.
        guard unsafe madvise(mapped, byteCount, MADV_DONTDUMP) == 0 else { abort() }
        unsafe base = mapped
    }

    deinit {
        // SAFETY: base and byteCount are the mapping this value owns, and nothing borrows it any more.
        unsafe giveBack(base, byteCount)
    }

    /// The bytes, for reading.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self) get {
            // SAFETY: the mapping is byteCount initialised (zeroed) bytes and lives as long as self.
            let buffer = unsafe UnsafeBufferPointer(start: base?.assumingMemoryBound(to: UInt8.self), count: byteCount)
            let span = unsafe Span(_unsafeElements: buffer)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes, for writing.
    package var mutableBytes: MutableSpan<UInt8> {
        @_lifetime(&self) mutating get {
            // SAFETY: as for `bytes`; the exclusive access to self makes this the only view.
            let buffer = unsafe UnsafeMutableBufferPointer(
                start: base?.assumingMemoryBound(to: UInt8.self), count: byteCount)
            let span = unsafe MutableSpan(_unsafeElements: buffer)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Overwrites every byte with zero, in a way the compiler cannot leave out.
    package mutating func wipe() {
        guard let base = unsafe base else { return }
        // SAFETY: base and byteCount are the mapping this value owns.
        unsafe explicit_bzero(base, byteCount)
    }
}

/// Wipes a mapping and gives it back. A function of its own, so that it does not stand wherever a secret ends.
///
/// - Safety: `base` must be nil, or a mapping of `byteCount` bytes that nobody uses any more.
@inline(never) @unsafe private func giveBack(_ base: UnsafeMutableRawPointer?, _ byteCount: Int) {
    guard let base = unsafe base else { return }
    // SAFETY: as the caller promises.
    unsafe explicit_bzero(base, byteCount)
    unsafe munmap(base, byteCount)
}

/// Overwrites a C string that is about to be freed, terminator excluded, in a way the compiler cannot leave out.
///
/// - Safety: `text` must be NUL-terminated and writable.
@unsafe package func wipe(cString text: UnsafeMutablePointer<CChar>) {
    // SAFETY: the caller promises a terminated, writable string; strlen stays within it.
    unsafe explicit_bzero(text, strlen(text))
}
