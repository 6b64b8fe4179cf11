internal import Crypto

/// What a login comes to, as far as it can be said before anybody types anything.
package struct Foretold: Equatable, Sendable {
    /// How it ends without a question; nil where the person is asked.
    package let unasked: Outcome?
    /// What the same login comes to where something is typed that is no code: `.refused(.malformed)` where a code would be
    /// looked at, and otherwise why none is; nil where nobody is asked.
    package let asked: Outcome?
    /// Until when single codes from there are not looked at, in seconds since the epoch; nil where they are.
    package let closedUntil: Int64?
}

/// Foretells a login by what decides it: the exemption, what `login` does before it asks, and its verdict on an answer that
/// is no code. For `twostep explain`; no login does any of it.
///
/// - Parameters:
///   - store: one that forgets what an update of a record would have written.
///   - now: as for `login`.
package func foretell<S: CredentialStore & ~Copyable>(
    _ request: LoginRequest, store: inout S, now: Int64?
) -> Foretold {
    if let report = request.exemption { return Foretold(unasked: report.outcome, asked: nil, closedUntil: nil) }
    var judge = Judge(request: request)
    if let report = judge.beforeAsking(&store, { now }) {
        return Foretold(unasked: report.outcome, asked: nil, closedUntil: nil)
    }
    let asked = judge.judge(SecretBytes(capacity: 0), &store) { now }.outcome
    var closed: Int64?
    if case .refused(.malformed) = asked, let account = request.account, let now {
        do throws(StoreError) {
            closed = try store.closedUntil(account, from: request.source, rules: request.configuration.rules, now: now)
        } catch {
            return Foretold(unasked: nil, asked: .unavailable(error), closedUntil: nil)
        }
    }
    return Foretold(unasked: nil, asked: asked, closedUntil: closed)
}
