package import Linux

/// Which processes are somebody's sessions: what utmp(5) says, and beside that every connection of sshd's that runs as
/// them, since one without a terminal is noted nowhere, and whatever they have at a terminal: a shell that was got by su(1)
/// is in another user's session, for logind too. What is found once stays in the set, since a login's note goes
/// before the last of its processes.
package struct SessionTargets {
    private let user: [UInt8]
    private let uid: UInt32
    /// The sessions, by the process that each began with.
    private var sessions: Set<Int32> = []
    /// Processes of sshd's that have no session below them, and never had.
    private var connections: Set<Int32> = []
    /// Those that have, or had until it was ended.
    private var withSession: Set<Int32> = []

    package init(user: [UInt8], uid: UInt32) {
        self.user = Array(user.prefix(NotedSession.nameLimit))
        self.uid = uid
    }

    /// How many there were in all looks together.
    package var count: Int { sessions.count + connections.count }

    /// The processes that are to end now: of the user's own uid alone.
    ///
    /// - Parameter own: the session of the process that looks, which is none of the user's.
    package mutating func look(
        at processes: [ProcessStatus], noted: [NotedSession], own: Int32
    ) -> [Int32] {
        let theirs = processes.filter { $0.user == uid && $0.process > 1 && $0.session != own }
        // Nor can root's sessions be told from its services by utmp, in which group utmp writes.
        for session in noted where uid != 0 && session.user == user {
            // What login(1) and sshd note is their own process, root's or the user's: the shell below has a session of its
            // own.
            for process in theirs where !SessionTargets.isServer(process) {
                let isNoted = process.process == session.process || process.parent == session.process
                if isNoted { sessions.insert(process.session) }
            }
        }
        // Only their processes of that session, not those of whoever began it. Nobody's login is among them: what asks for
        // a password runs as root, and so does what asks for this, which a user must not have started.
        for process in theirs where uid != 0 && process.hasTerminal { sessions.insert(process.session) }
        // sshd itself is root's; the process of each connection is the user's. Root's own cannot be told from it.
        let servers = uid == 0 ? [] : theirs.filter(SessionTargets.isServer)
        for server in servers {
            let below = theirs.filter { $0.parent == server.process }
            for process in below { sessions.insert(process.session) }
            if !below.isEmpty {
                withSession.insert(server.process)
                connections.remove(server.process)
            } else if !withSession.contains(server.process) {
                connections.insert(server.process)
            }
        }
        let ending = theirs.filter { sessions.contains($0.session) } + servers
        return Array(Set(ending.map(\.process)))
    }

    private static let serverNames = [Array("sshd".utf8), Array("sshd-session".utf8)]

    private static func isServer(_ process: ProcessStatus) -> Bool { serverNames.contains(process.name) }
}
