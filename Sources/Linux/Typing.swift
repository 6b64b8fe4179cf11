internal import CLinux

extension StandardStream {
    /// Waits while somebody types a line at this terminal. Afterwards there is a line to be read, or the end of the input.
    ///
    /// - Parameters:
    ///   - silently: whether nothing is shown of it.
    ///   - prompt: asks, once nothing is shown any more; again after the program has been stopped and continued.
    /// - Returns: the signal that came instead; the terminal is as it was.
    package func waitForLine(
        silently: Bool, _ interruptions: Interruptions, _ prompt: () throws(SystemError) -> Void
    ) throws(SystemError) -> Int32? {
        while true {
            let signal = try waitOnce(silently: silently, interruptions, prompt)
            guard let signal, Interruptions.isStop(signal) else { return signal }
            Interruptions.stop()
        }
    }

    private func waitOnce(
        silently: Bool, _ interruptions: Interruptions, _ prompt: () throws(SystemError) -> Void
    ) throws(SystemError) -> Int32? {
        guard silently else {
            try prompt()
            return interruptions.wait(for: self)
        }
        var old = termios()
        // SAFETY: it fills the settings that are passed, which live here.
        guard unsafe tcgetattr(rawValue, &old) == 0 else { throw .last }
        var silent = old
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        // SAFETY: the settings are the terminal's own but for the echo.
        unsafe tcsetattr(rawValue, TCSAFLUSH, &silent)
        var signal: Int32?
        // SAFETY: what tcgetattr has filled above.
        defer { unsafe tcsetattr(rawValue, signal == nil ? TCSADRAIN : TCSAFLUSH, &old) }
        try prompt()
        signal = interruptions.wait(for: self)
        return signal
    }
}
