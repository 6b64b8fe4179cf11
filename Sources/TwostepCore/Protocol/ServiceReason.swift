/// What `twostepd` logs of itself, or of a connection, beside what the module would log: docs/events.md has each.
package enum ServiceReason: Sendable, CaseIterable {
    case cannotListen, cannotStart, tooManyConnections, protocolBroken, notPermitted, commandFailed

    package var name: StaticString {
        switch self {
        case .cannotListen: "cannot-listen"
        case .cannotStart: "cannot-start"
        case .tooManyConnections: "too-many-connections"
        case .protocolBroken: "protocol"
        case .notPermitted: "not-permitted"
        case .commandFailed: "command-failed"
        }
    }
}

/// Why PAM did not confirm an owner's password, in the line `password-refused`.
package enum PasswordReason: Sendable, CaseIterable {
    case noAnswer, wrong, expired, account, nothingAsked, noServiceFile, unavailable

    package var name: StaticString {
        switch self {
        case .noAnswer: "no-answer"
        case .wrong: "wrong-password"
        case .expired: "expired-password"
        case .account: "account"
        case .nothingAsked: "nothing-asked"
        case .noServiceFile: "no-service-file"
        case .unavailable: "unavailable"
        }
    }
}
