/// Who or what is still to hear of an event.
package enum Target: Codable, Hashable, Sendable {
    /// The configuration could not be read: who hears of it is not known yet.
    case undecided
    /// The owner, at the address that their record had when it happened; nil where that could not be read yet.
    case owner(String?)
    case admin
    /// An address that was the owner's until this event.
    case former(String)
    /// A program in the folder of hooks, by its name there.
    case hook(String)

    /// The name in the log.
    package var name: String {
        switch self {
        case .undecided: "undecided"
        case .owner: "owner"
        case .admin: "admin"
        case .former: "former"
        case .hook(let name): "hook:\(name)"
        }
    }

    package var isHook: Bool {
        if case .hook = self { return true }
        return false
    }
}

/// One delivery that has not been made yet.
package struct PendingDelivery: Codable, Equatable, Sendable {
    package let target: Target
    /// How often it has failed.
    package private(set) var attempts: Int
    /// When it is to be tried next, in seconds since the epoch.
    package private(set) var due: Int64

    package init(_ target: Target, due: Int64) {
        self.target = target
        self.due = due
        attempts = 0
    }

    /// Seconds until the next attempt: 2, then twice as long each time, an hour at most.
    package static func wait(after attempts: Int) -> Int64 { min(Int64(1) << min(max(attempts, 1), 12), 3600) }

    package mutating func fail(at now: Int64) {
        attempts += 1
        due = now + PendingDelivery.wait(after: attempts)
    }

    /// Whether it is its turn; also where a clock that was ahead has put it off.
    package func isDue(at now: Int64) -> Bool { due <= now || due > now + 3600 }
}

/// An event and who is still to hear of it, as it is kept on the disk. No secret is in it.
package struct QueueEntry: Codable, Equatable, Sendable {
    package static let version = 1
    /// How long a mail is tried, in seconds: three days.
    package static let lifetime: Int64 = 259_200

    package let version: Int
    package let occurrence: Occurrence
    package var pending: [PendingDelivery]

    package init(_ occurrence: Occurrence, _ targets: [Target]) {
        version = QueueEntry.version
        self.occurrence = occurrence
        pending = targets.map { PendingDelivery($0, due: occurrence.time) }
    }
}
