package import TwostepCore

/// Why somebody was not enrolled at a login though everything worked.
package enum EnrolmentRefusal: Equatable, Sendable {
    /// The code of an app, judged as at a login.
    case code(Refusal)
    /// PAM did not confirm the password by which somebody was to be trusted.
    case passwordNotConfirmed
    /// No such enrolment code, or not this person's, or void.
    case wrongEnrolmentCode
    case expiredEnrolmentCode
    case tooSoon(until: Int64)
    /// The app was not proven, or the backup codes were not confirmed; the next login goes on.
    case unfinished
    /// Somebody else has changed the record.
    case changedMeanwhile

    /// The reason's name in the log, documented in docs/events.md.
    package var reason: StaticString {
        switch self {
        case .code(let refusal): refusal.reason
        case .passwordNotConfirmed: "password-not-confirmed"
        case .wrongEnrolmentCode: "wrong-enrolment-code"
        case .expiredEnrolmentCode: "expired-enrolment-code"
        case .tooSoon: "too-soon"
        case .unfinished: "enrolment-unfinished"
        case .changedMeanwhile: "changed-meanwhile"
        }
    }
}

/// How an enrolment at a login ended.
package enum EnrolmentEnd: Error, Equatable, Sendable {
    /// The login goes on.
    case enrolled
    case refused(EnrolmentRefusal)
    case unavailable(StoreError)
    case noAnswer
    /// Nothing is logged yet: the person has answered by what the service alone understands (`ServiceAnswer`), and the
    /// conversation holds it.
    case handedOver

    /// - Parameter explained: whether the person has been told that they are locked.
    package func verdict(explained: Bool) -> FinalVerdict {
        switch self {
        case .enrolled: .accepted
        case .refused(.code(.locked)) where explained: .locked
        case .refused, .handedOver: .refused
        case .unavailable: .unavailable
        case .noAnswer: .noAnswer
        }
    }
}
