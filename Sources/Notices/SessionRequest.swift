internal import TwostepCore

/// Asks the process that delivers to end every session of somebody who has just got back in: a datagram of root's, with a
/// pipe beside it, at which the answer is awaited. Where nobody waits there any more, nothing is ended: the owner's new
/// session may have begun.
package struct SessionRequest: Equatable, Sendable {
    package let user: [UInt8]
    package let uid: UInt32
    /// What ties the recovery's events together.
    package let grant: [UInt8]

    package init(user: [UInt8], uid: UInt32, grant: [UInt8]) {
        self.user = user
        self.uid = uid
        self.grant = grant
    }

    /// How long the answer is waited for, in milliseconds.
    package static let patience: Int32 = 10_000

    package var line: [UInt8] {
        var line = Array("sessions=end".utf8)
        for (name, value) in [("user", user), ("uid", [UInt8](decimal: Int64(uid))), ("grant", grant)] {
            line += [0x20] + Array(name.utf8) + [0x3D] + EventLine.escaped(value)
        }
        return line
    }

    /// - Returns: nil for what is no such request.
    package static func parse(_ line: [UInt8]) -> SessionRequest? {
        guard let fields = LoggedEvent.parseFields(line[...], first: "sessions"), fields[0].text == "end",
            fields.map(\.name) == ["sessions", "user", "uid", "grant"], let uid = fields[2].value.decimal,
            let uid = UInt32(exactly: uid), uid != .max, !fields[1].value.isEmpty
        else { return nil }
        return SessionRequest(user: fields[1].value, uid: uid, grant: fields[3].value)
    }
}

/// What came of it, as one byte over the pipe.
package enum SessionAnswer: UInt8, Sendable {
    /// None of them is left. How many there were the log says.
    case ended = 1
    /// The log says why not.
    case notEnded = 2
}

/// Why sessions were not ended, in the line `sessions-not-ended`.
package enum SessionReason: String, Sendable, CaseIterable {
    /// Nobody listens who could.
    case nobody
    /// Whoever could has said nothing for too long, and does nothing about it any more.
    case noAnswer = "no-answer"
    /// Whoever asked was gone before it was done.
    case gone
    /// The processes cannot be seen.
    case cannotLook = "cannot-look"
    /// Some are left, though they were killed.
    case stillRunning = "still-running"
}
