internal import CLinux

/// Listening and starting processes: for the service; no login does any of it.
extension Descriptor {
    /// A socket at an absolute path that everybody may connect to; one that a killed service left is replaced.
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

    /// Standard input as a socket: the service manager's connection. To be called once.
    package static func standardInput() -> Descriptor { Descriptor(owning: 0) }

    /// The process at the other end when it connected.
    package func peerProcessID() throws(SystemError) -> Int32 {
        var peer = ucred()
        // SAFETY: the wrapper writes one ucred, which `peer` is.
        guard unsafe twostep_peer(number, &peer) == 0 else { throw .last }
        return peer.pid
    }

    /// Starts a program by its absolute path, with this socket as its standard input and no environment.
    ///
    /// - Returns: its process id.
    package func spawn(_ program: [UInt8], option: [UInt8], value: [UInt8]) throws(SystemError) -> Int32 {
        var pid: pid_t = 0
        // SAFETY: all three are C strings that live for the call; the wrapper writes one pid_t, which `pid` is.
        let error = unsafe try withCString(program) { (program) throws(SystemError) in
            unsafe try withCString(option) { (option) throws(SystemError) in
                unsafe try withCString(value) { (value) throws(SystemError) in
                    unsafe twostep_spawn(program, option, value, number, &pid)
                }
            }
        }
        guard error == 0 else { throw SystemError(code: error) }
        return pid
    }
}

/// The next child that has ended; nil where none has.
package func endedChild() -> Int32? {
    var status: Int32 = 0
    // SAFETY: waitpid writes one int, which `status` is.
    let pid = unsafe waitpid(-1, &status, WNOHANG)
    return pid > 0 ? pid : nil
}

/// Ends this process by a signal after `seconds`, whatever it is doing then.
package func endAfter(seconds: UInt32) { alarm(seconds) }

/// The real uid of a process, from proc(5); nil where it is gone. A process id may have passed to another process: good
/// for counting, not for deciding.
package func realUserID(ofProcess pid: Int32) -> UInt32? {
    guard pid > 0 else { return nil }
    var path: [UInt8] = Array("/proc/\(pid)/status".utf8)
    path.append(0)
    var text = [UInt8](repeating: 0, count: 2048)
    // SAFETY: the path ends in a NUL, and read writes at most the array's bytes.
    let number = unsafe path.withUnsafeBytes { room in
        guard let base = room.baseAddress else { return Int32(-1) }
        return unsafe twostep_openat(AT_FDCWD, base.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC, 0)
    }
    guard number >= 0 else { return nil }
    defer { close(number) }
    let count = unsafe text.withUnsafeMutableBytes { room in unsafe read(number, room.baseAddress, room.count) }
    guard count > 0 else { return nil }
    for line in text[..<count].split(separator: 0x0A) where line.starts(with: Array("Uid:\t".utf8)) {
        return line.dropFirst(5).split(separator: 0x09).first.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
    }
    return nil
}
