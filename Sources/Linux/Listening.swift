internal import CLinux

/// Listening, and places for those who come: for the service; no login in a module does any of it.
extension Descriptor {
    /// A socket at an absolute path, where nothing may be, that everybody may connect to.
    package static func listen(at path: [UInt8]) throws(SystemError) -> Descriptor {
        // SAFETY: text is a C string that lives for the call.
        let number = unsafe try withCString(path) { (text) throws(SystemError) in
            let number = unsafe twostep_listen(text)
            guard number >= 0 else { throw .last }
            return number
        }
        return Descriptor(owning: number)
    }

    /// The next connection; waits for it at most `milliseconds`.
    ///
    /// - Returns: nil where none came, or its other end is gone already.
    package func accept(within milliseconds: Int32) throws(SystemError) -> Descriptor? {
        var wait = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // SAFETY: poll reads and writes one pollfd, which `wait` is.
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return nil }
        let connection = twostep_accept(number)
        if connection >= 0 { return Descriptor(owning: connection) }
        let passing = [EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM]
        guard passing.contains(SystemError.last.code) else { throw .last }
        return nil
    }

    /// Whether the other end of this connection has closed it already, both ways.
    package var isAbandoned: Bool {
        var look = pollfd(fd: number, events: 0, revents: 0)
        // SAFETY: poll reads and writes one pollfd, which `look` is.
        return unsafe poll(&look, 1, 0) > 0 && Int32(look.revents) & POLLHUP != 0
    }

    /// Standard input as a socket: the connection that this process is to serve. It is as inherited, not
    /// close-on-exec: who serves a connection starts no program, and who starts one gives it a standard input of its own
    /// (`Program.start`). To be called once.
    package static func standardInput() -> Descriptor { Descriptor(owning: 0) }

    /// Takes the lock on one byte of the file, which need not exist, for as long as this process lives.
    ///
    /// - Returns: false where another process has it.
    package func lockByteForLife(at offset: Int64) throws(SystemError) -> Bool {
        guard twostep_lock_byte(number, Int(offset)) == 0 else {
            guard [EAGAIN, EACCES].contains(SystemError.last.code) else { throw .last }
            return false
        }
        // The lock goes with the open file, which a second number keeps open when this value ends.
        guard twostep_duplicate(number) >= 0 else { throw .last }
        return true
    }
}
