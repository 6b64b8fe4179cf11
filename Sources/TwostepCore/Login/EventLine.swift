/// One line of the log: `event=NAME` and fields, `name=value`, in a fixed order. The catalogue is docs/events.md.
package struct EventLine: Sendable {
    /// How grave the line is.
    package enum Severity: Sendable { case info, notice, error }

    package let severity: Severity
    package private(set) var text: [UInt8]

    @inline(never)
    package init(_ event: EventKind, severity: Severity) {
        text = [UInt8](text: "event=") + [UInt8](text: event.name)
        self.severity = severity
    }

    /// Whether it is a line of this kind.
    package func isOf(_ event: EventKind) -> Bool {
        let head = EventLine(event, severity: severity).text
        return text.starts(with: head) && (text.count == head.count || text[head.count] == 0x20)
    }

    /// Adds a field; one with nothing in it is left out.
    @inline(never)
    package mutating func add(_ name: StaticString, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        text.append(0x20)
        text += [UInt8](text: name)
        text.append(0x3D)
        text.append(contentsOf: EventLine.escaped(value))
    }

    @inline(never)
    package mutating func add(_ name: StaticString, _ value: StaticString) { add(name, [UInt8](text: value)) }

    /// The value as it is where it is plain; otherwise in double quotes, with `\xNN` for what is not printable ASCII
    /// and for quotes and backslashes, so that nobody can forge a field or a line. At most 256 bytes are shown.
    package static func escaped(_ value: [UInt8]) -> [UInt8] {
        if value.count <= 256, value.allSatisfy(isPlain) { return value }
        var text: [UInt8] = [0x22]
        for byte in value.prefix(256) {
            if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
                text.append(byte)
            } else {
                text.append(contentsOf: [0x5C, 0x78, hexDigit(byte >> 4), hexDigit(byte & 15)])
            }
        }
        if value.count > 256 { text += [UInt8](text: "...") }
        text.append(0x22)
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x3A, 0x40, 0x5F, 0x2B, 0x25, 0x3F: true
        default: false
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

/// Where the attempt came from, as the application told PAM.
package struct LoginOrigin: Sendable {
    package let remoteHost: [UInt8]
    package let terminal: [UInt8]

    package init(remoteHost: [UInt8], terminal: [UInt8]) {
        self.remoteHost = remoteHost
        self.terminal = terminal
    }
}

extension Outcome {
    /// The one line that the log gets for this decision. A name that no account has is not logged: people type
    /// passwords where names belong.
    @inline(never)
    package func eventLine(_ request: LoginRequest, from origin: LoginOrigin) -> EventLine {
        var line: EventLine
        switch self {
        case .accepted(let acceptance):
            line = EventLine(.accepted, severity: .info)
            line.add("method", acceptance.methodName)
        case .refused(let refusal):
            line = EventLine(.refused, severity: .notice)
            line.add("reason", refusal.reason)
        case .passed(let pass):
            line = EventLine(.ignored, severity: .info)
            line.add("reason", pass.reason)
        case .unavailable(let error):
            line = EventLine(.error, severity: .error)
            line.add("reason", error.reason.text)
            line.add("cause", error.cause)
        case .noAnswer, .mayEnrol, .handedOver:
            line = EventLine(.error, severity: .notice)
            line.add("reason", "conversation-failed")
        }
        line.add("user", request.account?.name ?? [UInt8](text: "?"))
        line.add("rhost", origin.remoteHost)
        line.add("tty", origin.terminal)
        if case .accepted(let acceptance) = self {
            line.add("token", acceptance.token)
            if acceptance.method == .backupCode {
                line.add("left", [UInt8](decimal: Int64(acceptance.backupCodesLeft)))
            }
        }
        if case .passed(.exempt(let rule)) = self { line.add("rule", rule.text) }
        return line
    }
}

extension EventLine {
    /// Beside the decision: one of the record's slots did not authenticate. The other one served, and this one has been
    /// written over.
    package static func slotDamaged(_ account: Account?) -> EventLine {
        var line = EventLine(.slotDamaged, severity: .error)
        line.add("user", account?.name ?? [UInt8](text: "?"))
        return line
    }
}

extension ModuleOptions.Problem {
    package var eventLine: EventLine {
        var line = EventLine(.error, severity: .error)
        line.add("reason", text)
        line.add("argument", argument)
        return line
    }
}

extension LoginReport {
    /// Every line that the log gets for this login: the decision, and before it what else the administrator should know.
    package func eventLines(_ request: LoginRequest, from origin: LoginOrigin) -> [EventLine] {
        let decision = outcome.eventLine(request, from: origin)
        return slotDamaged ? [EventLine.slotDamaged(request.account), decision] : [decision]
    }
}

extension Acceptance {
    /// The method's name in the log and on the screen.
    package var methodName: StaticString {
        switch method {
        case .totp: isPair ? "totp-pair" : "totp"
        case .hotp: isPair ? "hotp-pair" : "hotp"
        case .backupCode: "backup-code"
        case .sentCode: "sent-code"
        case .securityKey: "security-key"
        case .remembered: "remembered"
        }
    }
}

extension Pass {
    /// The reason's name in the log, documented in docs/events.md.
    package var reason: StaticString {
        switch self {
        case .notEnrolled: "not-enrolled"
        case .notYetDue: "enroll-by"
        case .exempt: "exempt"
        }
    }
}

extension Refusal {
    /// The reason's name in the log, documented in docs/events.md.
    package var reason: StaticString {
        switch self {
        case .wrongCode: "wrong-code"
        case .alreadyUsed: "already-used"
        case .malformed: "malformed"
        case .locked: "locked"
        case .tooSoon: "too-soon"
        case .damaged: "slot-damaged"
        case .notEnrolled: "not-enrolled"
        case .unknownUser: "unknown-user"
        case .mustReenrol: "must-reenrol"
        case .disabled: "disabled"
        }
    }
}
