import Crypto
import Testing

@testable import TwostepCore

/// What a scripted login came to.
struct PlayedLogin: Equatable {
    let outcome: Outcome
    /// What was logged, one report for each answer.
    let reports: [LoginReport]
}

/// Plays `steps` against `store`; complains of anything that was not scripted. Before that, against a copy of it, with the
/// service's end of a connection in between, where the same must come of it.
func playLogin(
    _ steps: [Step], _ request: LoginRequest, _ store: inout MemoryStore, at now: Int64? = Sample.now,
    sourceLocation: SourceLocation = #_sourceLocation
) -> PlayedLogin {
    let overTheWire = playOverTheWire(steps, request, store, at: now, sourceLocation)
    var conversation = ScriptedConversation(steps)
    var reports: [LoginReport] = []
    let outcome = login(request, conversation: &conversation, store: &store, now: { now }) { reports.append($0) }
    #expect(conversation.complaints.isEmpty, sourceLocation: sourceLocation)
    #expect(reports.last?.outcome == outcome, sourceLocation: sourceLocation)
    let played = PlayedLogin(outcome: outcome, reports: reports)
    #expect(overTheWire == played, "over the wire", sourceLocation: sourceLocation)
    return played
}

func accepted(
    _ method: Acceptance.Method, pair: Bool = false, _ token: String = "app", left: Int = 0
) -> Outcome {
    .accepted(Acceptance(method: method, isPair: pair, token: Array(token.utf8), backupCodesLeft: left))
}
