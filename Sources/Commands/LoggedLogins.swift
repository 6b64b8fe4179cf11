internal import Linux
internal import Notices
internal import TwostepCore

/// Whom a PAM service has let in with a code, as the system's log has it.
package struct LoggedLogins {
    /// The log of a syslog daemon; nil for where the system keeps its own.
    private let file: String?
    private let now: Int64

    /// - Parameter now: seconds since the epoch.
    package init(file: String?, now: Int64) {
        self.file = file
        self.now = now
    }

    /// The names of those let in later than `moment`, in seconds since the epoch.
    ///
    /// - Throws: where the log cannot be read.
    package func users(of service: String, after moment: Int64) throws -> Set<String> {
        var users: Set<String> = []
        try SystemLogReader(since: moment + 1, now: now).read(file: file) { kept in
            guard kept.event.name == "accepted", kept.event.service == service, let user = kept.event["user"] else {
                return
            }
            users.insert(user)
        }
        return users
    }
}
