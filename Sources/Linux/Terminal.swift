internal import CLinux

/// Standard streams and the terminal behind them: for the tool; the module touches none of it.
package enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Whether a person sits at the other end. See isatty(3).
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// The terminal's size in characters; nil where there is none, or it does not say.
    package var size: (columns: Int, rows: Int)? {
        var size = winsize()
        // SAFETY: the wrapper writes one winsize, which `size` is.
        guard unsafe twostep_ioctl_window(rawValue, &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes all of `bytes`.
    package func write(_ bytes: Span<UInt8>) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.count - done
            // SAFETY: pointer and length stay within the span, as done < count.
            let put = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe buffer.baseAddress.map { base in unsafe CLinux.write(rawValue, base + done, rest) } ?? -1
            }
            if put > 0 {
                done += put
            } else if SystemError.last.code != EINTR {
                throw .last
            }
        }
    }

    /// Reads up to and without the next newline, byte by byte, so that nothing behind it is taken.
    ///
    /// - Parameters:
    ///   - limit: how many bytes are kept; the rest of a longer line is read and dropped, and the last byte kept is
    ///     the first that was too many.
    ///   - isReadable: waits for the next byte; false where it is not to be waited for any longer, as at the stream's end.
    ///   - keep: called with each byte kept.
    /// - Returns: false where the stream ended before anything was read.
    package func readLine(
        limit: Int, isReadable: () -> Bool = { true }, _ keep: (UInt8) -> Void
    ) -> Bool {
        var kept = 0
        var readAnything = false
        while true {
            var byte: UInt8 = 0
            guard isReadable() else { return false }
            // SAFETY: one byte is read into one byte.
            let got = unsafe CLinux.read(rawValue, &byte, 1)
            if got < 0, SystemError.last.code == EINTR { continue }
            guard got == 1 else { return readAnything }
            readAnything = true
            if byte == 0x0A { return true }
            if kept < limit {
                keep(byte)
                kept += 1
            }
        }
    }
}

/// The value of an environment variable: for the tool; the module reads none.
package func environmentVariable(_ name: StaticString) -> [UInt8]? {
    // SAFETY: the name is a static C string; nothing changes the environment of the tool while the value is copied.
    guard let value = unsafe getenv(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)) else {
        return nil
    }
    return unsafe bytes(ofCString: value, atMost: 4096)
}

/// The machine's name. See gethostname(2).
package func hostName() -> [UInt8] {
    var name = [CChar](repeating: 0, count: 257)
    // SAFETY: the buffer is passed with one byte less than it has, so it stays terminated.
    let status = unsafe name.withUnsafeMutableBufferPointer { buffer in
        unsafe buffer.baseAddress.map { unsafe gethostname($0, 256) } ?? -1
    }
    guard status == 0 else { return [] }
    return name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
}
