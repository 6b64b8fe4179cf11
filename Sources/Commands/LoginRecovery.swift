package import Crypto
internal import Linux
internal import Notices
package import TwostepCore
internal import Vault

/// Getting back in at a login, for the service: somebody has typed `recover`, or what such a request or an administrator has
/// brought them. Whoever they are, they see and wait for the same (law 8), until a token has let them in.
package struct LoginRecovery<Person: Conversation & ~Copyable> {
    let login: LoginInHand<Person>
    private let settings: FoundSettings<RecoverySettings>

    package init(_ login: LoginInHand<Person>) {
        self.login = login
        settings = FoundSettings { () throws(Failure) in try readRecoverySettings(at: login.configurationPath) }
    }

    /// Whether an answer is one for recovery, as this site is set up; what is not is judged as a code.
    package func serves(_ answer: borrowing SecretBytes) -> Bool {
        switch ServiceAnswer.read(answer) {
        case .recover: settings.understood?.isByEmail ?? true
        case .recoveryToken: true
        case .send, nil: false
        }
    }

    /// The whole dialogue; what came of it is logged before this returns.
    package func run(_ answer: consuming SecretBytes) -> RecoveryEnd {
        let end: RecoveryEnd
        do throws(RecoveryEnd) {
            if case .recover = ServiceAnswer.read(answer) {
                if let problem = settings.problem { throw .unavailable(problem) }
                try askForMail(settings.understood ?? RecoverySettings())
                end = .refused
            } else {
                // An administrator's token needs no settings: a bad line keeps nobody out but by mail.
                end = .enrolment(try redeem(answer, settings.understood ?? RecoverySettings()))
            }
        } catch {
            end = error
        }
        switch end {
        case .refused, .enrolment: break
        case .unavailable(let error):
            login.write(Outcome.unavailable(error).eventLine(login.request, from: login.origin))
        case .noAnswer: login.write(Outcome.noAnswer.eventLine(login.request, from: login.origin))
        }
        return end
    }

    func line(_ kind: EventKind, reason: StaticString = "") -> EventLine {
        var line = EventLine(kind, severity: .notice)
        line.add("reason", reason)
        login.addWho(to: &line)
        return line
    }

    func log(_ kind: EventKind, reason: StaticString = "", of grant: RecoveryGrant? = nil, isAgain: Bool = false) {
        var line = line(kind, reason: reason)
        if let grant { line.add("way", grant.way.name) }
        if isAgain { line.add("again", "yes") }
        if let grant { line.add("grant", grant.name) }
        login.write(line)
    }

    /// Why a decoy was judged in somebody's place.
    var reasonOfDecoy: StaticString { login.request.account == nil ? "unknown-user" : "not-enrolled" }
}

/// How somebody's way back ended at this login.
package enum RecoveryEnd: Error, Equatable, Sendable {
    /// A token has let them enrol anew, and this came of it.
    case enrolment(EnrolmentEnd)
    case refused
    case unavailable(StoreError)
    case noAnswer

    /// - Parameter explained: whether the person has been told that they are locked.
    package func verdict(explained: Bool) -> FinalVerdict {
        switch self {
        case .enrolment(let end): end.verdict(explained: explained)
        case .refused: .refused
        case .unavailable: .unavailable
        case .noAnswer: .noAnswer
        }
    }
}
