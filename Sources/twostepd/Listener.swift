internal import Linux
internal import TwostepCore
internal import Vault

/// Listening without a service manager: one process for each connection. No ordinary caller, and not all of them
/// together, may have more than so many; `Places` counts more exactly, but first a process must have been started.
struct Listener: ~Copyable {
    /// The most connections at a time, and how many of them are for programs of root's alone: `sudo` and `su` are not
    /// kept out by ordinary programs, under however many uids.
    static let limit = 256
    private static let ofRoot = 64
    /// The most processes that are started within a second for an ordinary user, and for all of them: starting one takes
    /// longer than knocking.
    private static let startsPerUser = 16
    private static let startsOfAll = 64
    /// Milliseconds between two lines that say the same of too many connections.
    private static let silence: Int64 = 10_000

    private let socket: Descriptor
    private let configurationPath: [UInt8]
    /// The processes that serve, each with the effective uid at its other end.
    private var children: [Int32: UInt32] = [:]
    private var lastComplaint: Int64?
    /// What was started in the present second, by effective uid.
    private var second: Int64 = 0
    private var starts: [UInt32: Int] = [:]

    /// Listens at an absolute path until the system ends it; what an ended service left there is replaced. The folder is
    /// made where it is missing, and must be root's.
    ///
    /// - Throws: `EADDRINUSE` where somebody listens, or what is there is no socket; what the system says otherwise.
    static func listen(at path: [UInt8], configurationPath: [UInt8]) throws(PathProblem) {
        do throws(SystemError) {
            try openStandardStreams()
            try Confinement.dropPrivileges()
        } catch {
            throw .system(error)
        }
        var listener = try Listener(at: path, configurationPath: configurationPath)
        do throws(SystemError) { try listener.run() } catch { throw .system(error) }
    }

    private init(at path: [UInt8], configurationPath: [UInt8]) throws(PathProblem) {
        self.configurationPath = configurationPath
        socket = try Listener.place(at: path) { (path) throws(SystemError) in try Descriptor.listen(at: path) }
    }

    /// Makes a socket at an absolute path, where an ended service may have left one.
    static func place(
        at path: [UInt8], _ make: ([UInt8]) throws(SystemError) -> Descriptor
    ) throws(PathProblem) -> Descriptor {
        let (folder, name) = split(path: path)
        let place = try Listener.makeFolder(folder)
        do throws(SystemError) {
            try Listener.clear(name, in: place, path)
            return try make(path)
        } catch {
            throw .system(error)
        }
    }

    private static func makeFolder(_ path: [UInt8]) throws(PathProblem) -> Descriptor {
        do throws(PathProblem) { return try Descriptor.walk(to: path, .unchangeable) } catch {
            guard case .missing(last: true) = error else { throw error }
        }
        let (above, name) = split(path: path)
        let folder = try Descriptor.walk(to: above, .unchangeable)
        do throws(SystemError) { try folder.makeFolder(name, mode: 0o755) } catch { throw .system(error) }
        return try folder.openFolder(name, .unchangeable)
    }

    /// Removes a socket at which nobody listens.
    private static func clear(_ name: [UInt8], in folder: borrowing Descriptor, _ path: [UInt8]) throws(SystemError) {
        do throws(SystemError) { _ = try Descriptor.connect(to: path, within: 1) } catch {
            if error == .noEntry { return }
            // A socket for datagrams, which the queue's lock has shown to be nobody's, is of another kind.
            guard error == .refused || error == .otherKind, try folder.status(of: name).kind == .socket else {
                throw .addressInUse
            }
            return try folder.remove(name)
        }
        throw .addressInUse
    }

    private mutating func run() throws(SystemError) {
        while true {
            let connection = try socket.accept(within: 1000)
            while let pid = endedChild() { children[pid] = nil }
            if let connection { take(connection) }
        }
    }

    /// Starts a process for the connection, or closes it.
    private mutating func take(_ connection: consuming Descriptor) {
        // Thousands may have come and gone in the queue: starting a process for each would hold up who comes behind them.
        guard !connection.isAbandoned else { return }
        do throws(SystemError) {
            let peer = try connection.peerUserID()
            guard hasRoom(for: peer) else { return complainOfTooMany(peer) }
            let pid = try connection.spawn(
                [UInt8](text: "/proc/self/exe"), option: [UInt8](text: "--config"), value: configurationPath)
            children[pid] = peer
            if peer != 0 { starts[peer, default: 0] += 1 }
        } catch {
            ServiceLog.complain(.cannotStart, cause: error.name)
        }
    }

    private mutating func hasRoom(for peer: UInt32) -> Bool {
        let now = monotonicMilliseconds() / 1000
        if now != second { (second, starts) = (now, [:]) }
        guard peer != 0 else { return children.count < Listener.limit }
        let ordinary = children.values.count { $0 != 0 }
        let own = children.values.count { $0 == peer }
        return children.count < Listener.limit && ordinary < Listener.limit - Listener.ofRoot && own < Places.perUser
            && starts[peer, default: 0] < Listener.startsPerUser
            && starts.values.reduce(0, +) < Listener.startsOfAll
    }

    /// Not each time: somebody who floods the service must not flood the log as well.
    private mutating func complainOfTooMany(_ peer: UInt32) {
        let now = monotonicMilliseconds()
        if let lastComplaint, now - lastComplaint < Listener.silence { return }
        lastComplaint = now
        ServiceLog.complain(.tooManyConnections, of: peer)
    }
}
