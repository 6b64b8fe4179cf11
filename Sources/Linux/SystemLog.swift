internal import CLinux

/// How grave a line of the log is.
package enum LogPriority: Sendable { case info, notice, error }

/// From now on lines of the log bear this name and the process id.
package func openSystemLog(as name: StaticString) {
    // SAFETY: a static C string, which the log keeps.
    unsafe twostep_open_log(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self))
}

/// Writes one line to the system's log under authpriv: for the tool and the service; the module has libpam's. See
/// syslog(3).
package func systemLog(_ text: [UInt8], _ priority: LogPriority) {
    let level =
        switch priority {
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .error: LOG_ERR
        }
    do throws(SystemError) {
        // SAFETY: the text is a C string that lives for the call, and the wrapper never takes it for a format.
        unsafe try withCString(text) { (text) throws(SystemError) in
            unsafe twostep_syslog(Int32(LOG_AUTHPRIV) | level, text)
        }
    } catch {
        // A line of ours has no NUL: values are escaped.
    }
}
