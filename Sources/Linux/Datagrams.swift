internal import CLinux

/// Receiving events: for the process that delivers them; no login in a module does any of it.
extension Descriptor {
    /// A socket at an absolute path, where nothing may be, to which root alone may send datagrams.
    package static func listenForDatagrams(at path: [UInt8]) throws(SystemError) -> Descriptor {
        // SAFETY: text is a C string that lives for the call.
        let number = unsafe try withCString(path) { (text) throws(SystemError) in
            let number = unsafe twostep_listen_for_datagrams(text)
            guard number >= 0 else { throw .last }
            return number
        }
        return Descriptor(owning: number)
    }

    /// Whether standard input is a socket, as a service manager hands one over.
    package static var standardInputIsSocket: Bool {
        var raw = stat()
        // SAFETY: fstat writes one stat, which `raw` is.
        return unsafe fstat(0, &raw) == 0 && Int32(raw.st_mode) & S_IFMT == S_IFSOCK
    }

    /// The next datagram; what is longer than the room is cut.
    ///
    /// - Parameter passed: the descriptor that came with it; nil where none did.
    /// - Returns: how long it is; nil where none waits.
    package func receiveDatagram(
        into room: inout MutableSpan<UInt8>, with passed: inout Descriptor?
    ) throws(SystemError) -> Int? {
        var other: Int32 = -1
        // SAFETY: the wrapper writes at most the span's bytes, and one number, which `other` is.
        let count = unsafe room.withUnsafeMutableBytes { room in
            unsafe twostep_receive_datagram(number, room.baseAddress, room.count, &other)
        }
        passed = other < 0 ? nil : Descriptor(owning: other)
        if count >= 0 { return count }
        guard [EAGAIN, EINTR].contains(SystemError.last.code) else { throw .last }
        return nil
    }

    /// Writes as much as the other side has room for, and waits for nothing.
    ///
    /// - Returns: how many bytes were written.
    package func writeSome(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        // SAFETY: write reads at most the span's bytes.
        let count = unsafe bytes.withUnsafeBytes { room in unsafe CLinux.write(number, room.baseAddress, room.count) }
        if count >= 0 { return count }
        guard [EAGAIN, EINTR].contains(SystemError.last.code) else { throw .last }
        return 0
    }

    /// Whether the pipe that this is the writing end of has nobody left who reads.
    package var hasNoReader: Bool {
        var look = pollfd(fd: number, events: 0, revents: 0)
        // SAFETY: poll reads and writes one pollfd, which `look` is.
        return unsafe poll(&look, 1, 0) == 1 && Int32(look.revents) & POLLERR != 0
    }

    /// From now on no read or write of this open file waits.
    package func waitForNothing() throws(SystemError) {
        guard twostep_set_nonblocking(number) == 0 else { throw .last }
    }

    /// Waits until there is something to read, at most `milliseconds`; -1 for however long it takes.
    package func waitForInput(_ milliseconds: Int32) {
        var wait = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // SAFETY: poll reads and writes one pollfd, which `wait` is.
        unsafe poll(&wait, 1, milliseconds)
    }
}

/// From now on no write to a pipe whose reader has gone ends this process: it fails.
package func ignoreBrokenPipes() { twostep_ignore_broken_pipes() }
