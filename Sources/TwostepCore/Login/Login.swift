internal import Crypto

/// The login: look, ask, judge, write, answer. Nothing is locked while the person types, and everything is read again
/// after they have (law 6).
///
/// - Parameters:
///   - now: the wall clock, in seconds since the epoch; nil where it cannot be read. Read for the verdict while the
///     record's lock is held, so that no process judges by a time older than what another has written.
///   - uptime: seconds since the machine was started; nil where that cannot be read, and nothing is remembered.
///   - log: called with what each answer came to, once that is durable and before the person is told anything.
package func login<C: Conversation & ~Copyable, S: CredentialStore & ~Copyable>(
    _ request: LoginRequest, conversation: inout C, store: inout S, now: () -> Int64?,
    uptime: () -> Int64? = { nil }, log: (LoginReport) -> Void
) -> Outcome {
    var judge = Judge(request: request)
    if let report = judge.beforeAsking(&store, now) ?? judge.recall(&store, uptime) {
        // Whoever enrols is judged elsewhere.
        if case .mayEnrol = report.outcome { return .mayEnrol }
        log(report)
        tell(report.outcome, request, &conversation, now())
        return report.outcome
    }
    var asking = Asking(request)
    var last = Outcome.noAnswer
    while true {
        // Some applications show a remark with the next question only, and whoever is closed out should know first.
        if asking.mayAsk, let closed = judge.closed(&store, now) { tell(closed, request, &conversation, now()) }
        guard let answer = asking.next(&conversation) else { break }
        if let meant = ServiceAnswer.read(answer) {
            if request.handsOver {
                conversation.hold(answer)
                return .handedOver
            }
            if request.serviceAnswers == .elsewhere, !request.silent {
                for line in meant.whereItWorks { conversation.tell(line, isError: true) }
            }
        }
        let report = judge.judge(answer, &store, now, uptime)
        log(report)
        last = report.outcome
        tell(last, request, &conversation, now())
        guard last.mayBeTriedAgain(request) else { return last }
    }
    // Whoever gave an answer and then no other one has been refused already.
    if case .noAnswer = last { log(LoginReport(outcome: .noAnswer)) }
    return last
}

extension Outcome {
    /// Whether another answer in the same conversation could be a better one. That somebody is locked looks like any
    /// other refusal, except where the person may know.
    fileprivate func mayBeTriedAgain(_ request: LoginRequest) -> Bool {
        switch self {
        case .refused(.locked): !request.configuration.explain
        case .refused: true
        case .accepted, .passed, .unavailable, .noAnswer, .mayEnrol, .handedOver: false
        }
    }
}
