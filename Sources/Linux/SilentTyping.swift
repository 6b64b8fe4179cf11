internal import CLinux

extension StandardStream {
    /// Waits while somebody types a line here of which nothing is shown; to be called where it is a terminal.
    ///
    /// A signal that ends or stops the program (Ctrl-C, Ctrl-Z) waits until the terminal is as it was; after a stop,
    /// silence begins anew.
    ///
    /// Afterwards there is a line to be read, or the end of the input.
    ///
    /// - Parameter prompt: asks, once nothing is shown any more.
    package func waitForSilentLine(_ prompt: () -> Void) throws(SystemError) {
        while try !waitSilently(prompt) {}
    }

    /// Waits for a line that nobody sees.
    ///
    /// - Returns: false where a signal came first; it has been delivered meanwhile.
    private func waitSilently(_ prompt: () -> Void) throws(SystemError) -> Bool {
        var signals = sigset_t()
        var before = sigset_t()
        var old = termios()
        // SAFETY: these fill the set, mask and settings that are passed, which live here.
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP] { unsafe sigaddset(&signals, number) }
        guard unsafe tcgetattr(rawValue, &old) == 0 else { throw .last }
        guard unsafe sigprocmask(SIG_BLOCK, &signals, &before) == 0 else { throw .last }
        let arrival = unsafe signalfd(-1, &signals, Int32(SFD_CLOEXEC))
        var silent = old
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        // SAFETY: the settings are the terminal's own but for the echo.
        unsafe tcsetattr(rawValue, TCSAFLUSH, &silent)
        prompt()
        var waits = [
            pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: arrival, events: Int16(POLLIN), revents: 0),
        ]
        // SAFETY: poll reads and writes the two of the array.
        while unsafe waits.withUnsafeMutableBufferPointer({ unsafe poll($0.baseAddress, 2, -1) }) < 0 {}
        let isSignalled = waits[1].revents != 0
        defer {
            close(arrival)
            // SAFETY: what tcgetattr and sigprocmask have filled above; a signal that waits is delivered by the second.
            unsafe tcsetattr(rawValue, isSignalled ? TCSAFLUSH : TCSADRAIN, &old)
            unsafe sigprocmask(SIG_SETMASK, &before, nil)
        }
        return !isSignalled
    }
}
