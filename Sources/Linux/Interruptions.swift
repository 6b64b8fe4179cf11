internal import CLinux

/// The signals by which a person or the system ends or stops a program, kept until somebody looks: so that what is half
/// done is put away first. For the tool; a login in a module leaves signals alone.
///
/// From its making on they are blocked. What ignores them, such as nohup(1), goes on doing so.
package final class Interruptions {
    private let arrival: Descriptor

    /// - Throws: what signalfd(2) says.
    package init() throws(SystemError) {
        // A closed pipe is told by the write that meets it.
        var signals = Interruptions.set([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE])
        // SAFETY: it reads the set that is passed, which lives here.
        guard unsafe sigprocmask(SIG_BLOCK, &signals, nil) == 0 else { throw .last }
        signals = Interruptions.set([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP])
        let number = unsafe signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard number >= 0 else { throw .last }
        arrival = Descriptor(owning: number)
    }

    private static func set(_ numbers: [Int32]) -> sigset_t {
        var signals = sigset_t()
        // SAFETY: both write the set that is passed, which lives here.
        unsafe sigemptyset(&signals)
        for number in numbers { unsafe sigaddset(&signals, number) }
        return signals
    }

    /// Waits until something can be read from a stream; a signal that has come already comes first.
    ///
    /// - Returns: the signal that came instead.
    package func wait(for stream: StandardStream) -> Int32? { wait(for: stream.rawValue, within: -1) }

    /// The same of a connection, for at most `milliseconds`.
    package func wait(for connection: borrowing Descriptor, within milliseconds: Int64) -> Int32? {
        wait(for: connection.number, within: Int32(clamping: milliseconds))
    }

    private func wait(for number: Int32, within milliseconds: Int32) -> Int32? {
        var waits = [
            pollfd(fd: number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: arrival.number, events: Int16(POLLIN), revents: 0),
        ]
        // SAFETY: poll reads and writes the two of the array.
        while unsafe waits.withUnsafeMutableBufferPointer({ unsafe poll($0.baseAddress, 2, milliseconds) }) < 0 {
            guard SystemError.last.code == EINTR else { return nil }
        }
        var signal = signalfd_siginfo()
        // SAFETY: one structure is read into one structure.
        guard waits[1].revents != 0,
            unsafe read(arrival.number, &signal, MemoryLayout<signalfd_siginfo>.size)
                == MemoryLayout<signalfd_siginfo>.size
        else { return nil }
        return Int32(bitPattern: signal.ssi_signo)
    }

    /// Whether it asks to stop for a while (Ctrl-Z), not to end.
    package static func isStop(_ signal: Int32) -> Bool { signal == SIGTSTP }

    /// Stops this process until it is continued.
    package static func stop() {
        var signals = set([SIGTSTP])
        raise(SIGTSTP)
        // SAFETY: both read the set that is passed, which lives here; between them the process stops.
        unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
        unsafe sigprocmask(SIG_BLOCK, &signals, nil)
    }

    /// Ends this process by `signal`, so that whoever started it learns what has ended it.
    package static func end(by signal: Int32) -> Never {
        var signals = set([signal])
        _ = CLinux.signal(signal, nil)
        raise(signal)
        // SAFETY: it reads the set that is passed, which lives here.
        unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
        _exit(128 + signal)
    }
}

/// Keeps this process out of core dumps, and from being traced by others of its user.
package func refuseCoreDumps() { _ = twostep_prctl(PR_SET_DUMPABLE, 0) }
