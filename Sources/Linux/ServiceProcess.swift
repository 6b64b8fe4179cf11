internal import CLinux

/// Processes of the service: how they start and end; no login in a module does any of it.
extension Descriptor {
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
package func endAfter(seconds: UInt32) { twostep_end_after(seconds) }

/// Opens what is closed of the standard streams, so that nothing else is taken for them.
package func openStandardStreams() throws(SystemError) {
    while true {
        // SAFETY: the path is a static C string.
        let number = unsafe twostep_openat(AT_FDCWD, "/dev/null", O_RDWR, 0)
        guard number >= 0 else { throw .last }
        guard number <= 2 else {
            close(number)
            return
        }
    }
}
