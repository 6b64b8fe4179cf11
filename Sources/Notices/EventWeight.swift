/// How much it matters that an event is heard of where not all can be.
package enum EventWeight: Int, Comparable, Sendable {
    /// What anybody can bring about as often as they like: a refusal, an error, somebody who may pass.
    case refusal
    /// A login, or what somebody begins at one.
    case login
    /// A change, and what tells that somebody has what is the owner's.
    case change

    package init(_ event: LoggedEvent) {
        switch event.name {
        case "recovery-refused" where event.tellsOfToken: self = .change
        case "refused", "ignored", "error", "debug", "recovery-refused", "code-not-sent", "password-refused":
            self = .refusal
        // A code of those is spent.
        case "accepted" where ["backup-code", "sent-code"].contains(event["method"]): self = .change
        case "accepted", "enrolment-begun", "code-requested": self = .login
        // These an owner may do over and over, and nobody gets in by them who did not before.
        case "token-renamed", "sessions-ended": self = .login
        case "recovered" where event.isGoingOn: self = .login
        default: self = .change
        }
    }

    package static func < (one: EventWeight, other: EventWeight) -> Bool { one.rawValue < other.rawValue }

    /// Which one makes room for the others, by its place: of those that weigh least the first.
    ///
    /// - Parameter weights: the oldest first.
    package static func firstToGo(_ weights: [EventWeight]) -> Int? { weights.min().flatMap(weights.firstIndex(of:)) }
}

extension LoggedEvent {
    /// Of a refused recovery: whether somebody had the token, and lacked what must be known beside it.
    var tellsOfToken: Bool { ["wrong-answers", "void"].contains(self["reason"]) }

    /// Of a recovery: whether somebody goes on with a token that was taken, as often as they like within its hour.
    var isGoingOn: Bool { self["again"] == "yes" }
}
