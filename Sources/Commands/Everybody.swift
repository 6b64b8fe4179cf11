internal import Linux
internal import TwostepCore
internal import Vault

/// Everybody whom the index names, ascending by uid, looked at by all processors at once: a site may have a hundred
/// thousand. A record that cannot be read is told in its row, so that one does not hide the others.
struct Everybody {
    /// How many one thread looks at before what came of it is taken.
    private static let share = 512

    let desk: Desk
    let now: Int64
    /// Whether nothing is said of how far it is.
    let quiet: Bool

    /// - Parameters:
    ///   - empty: what rows are gathered in, a piece for each thread.
    ///   - add: adds a row to a piece; on several threads at a time, so it may change nothing else.
    ///   - take: takes the pieces in their order, on this thread.
    func look<Piece>(
        _ empty: Piece, _ add: (inout Piece, UserStatus) -> Void, _ take: (Piece) throws -> Void
    ) throws {
        let rules = desk.configuration.rules
        var problem: (any Error)?
        try desk.withStore { (store) throws(StoreError) in
            let uids = try store.enrolledUIDs()
            let progress = Progress("users", of: uids.count, quiet: quiet)
            do {
                let accounts = try AccountDirectory(expecting: uids.count)
                try doInShares((uids.count + Everybody.share - 1) / Everybody.share, worker: RecordLook.init) {
                    var piece = empty
                    for uid in uids.dropFirst($1 * Everybody.share).prefix(Everybody.share) {
                        add(&piece, Everybody.row(uid, store, &$0, accounts, rules: rules, now: now))
                    }
                    return piece
                } take: { index, piece in
                    try take(piece)
                    progress.step(min(Everybody.share, uids.count - index * Everybody.share))
                }
            } catch {
                problem = error
            }
            progress.end()
        }
        if let problem { throw problem }
    }

    private static func row(
        _ uid: UInt32, _ store: borrowing OpenStore, _ look: inout RecordLook, _ accounts: AccountDirectory,
        rules: VerificationRules, now: Int64
    ) -> UserStatus {
        let account: Account
        do throws(Failure) {
            guard let found = try accounts.account(uid: uid) else {
                return UserStatus(Account(uid: uid, name: Array("?".utf8)), error: "no-account")
            }
            account = found
        } catch {
            let unknown = Account(uid: uid, name: Array("?".utf8))
            return UserStatus(unknown, error: "\(StoreError.Reason.accountsUnavailable.text)")
        }
        do throws(StoreError) {
            return try look.look(at: account, in: store, isNamed: true) {
                UserStatus(account, $0, rules: rules, now: now)
            } ?? UserStatus(account, error: "\(StoreError.Reason.recordMissing.text)")
        } catch {
            return UserStatus(account, error: "\(error.reason.text)")
        }
    }
}
