internal import Linux
internal import TwostepCore

/// Listening without a service manager: one process for each connection, and no more of them than one user, or all
/// together, may have.
enum Listener {
    /// The most connections at a time, and the most that one real uid other than root's may have of them.
    static let limit = 256
    static let limitPerUser = 16

    /// Runs until the system ends it.
    ///
    /// - Returns: false where it cannot listen.
    static func run(at path: [UInt8], configuration: [UInt8]) -> Bool {
        do throws(SystemError) {
            let listening = try Descriptor.listen(at: path)
            var children: [Int32: UInt32] = [:]
            while true {
                while let pid = endedChild() { children[pid] = nil }
                guard let connection = try listening.accept(within: 1000) else { continue }
                while let pid = endedChild() { children[pid] = nil }
                take(connection, &children, configuration)
            }
        } catch {
            var line = EventLine("error", severity: .error)
            line.add("reason", "cannot-listen")
            line.add("cause", error.name)
            systemLog(line.text, isError: true)
            return false
        }
    }

    /// Starts a process for the connection, or closes it.
    private static func take(_ connection: consuming Descriptor, _ children: inout [Int32: UInt32], _ path: [UInt8]) {
        do throws(SystemError) {
            // Whose it is, for counting: a setuid program counts for who started it.
            var owner = try connection.peerUserID()
            if let real = realUserID(ofProcess: try connection.peerProcessID()) { owner = real }
            guard children.count < limit, owner == 0 || children.values.count(where: { $0 == owner }) < limitPerUser
            else { return }
            let pid = try connection.spawn(
                [UInt8](text: "/proc/self/exe"), option: [UInt8](text: "--config"), value: path)
            children[pid] = owner
        } catch {
            var line = EventLine("error", severity: .error)
            line.add("reason", "cannot-start")
            line.add("cause", error.name)
            systemLog(line.text, isError: true)
        }
    }
}
