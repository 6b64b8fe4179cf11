internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Asking for the mail that brings a token.
extension LoginRecovery where Person: ~Copyable {
    private enum Asked {
        case given(EmailAddress)
        /// The reason in the log, documented in docs/events.md.
        case refused(StaticString)
    }

    /// Gives a token out, if this person may have one, and has it mailed. The attempt ends with that, and with the same words
    /// for everybody.
    func askForMail(_ settings: RecoverySettings) throws(RecoveryEnd) {
        let wait = AlikeWait()
        let bits = try random(RecoveryToken.randomSize)
        let token = RecoveryToken.make(random: bits.bytes)
        let id = try random(RecoveryGrant.idSize).array
        let salt = try random(CodeHash.saltSize).array
        var asked = Asked.refused(reasonOfDecoy)
        var given: RecoveryGrant?
        // On the disk before it is on its way.
        let isDecoy = try update { (record, now, crypto) throws(CryptoError) in
            let grant = try RecoveryGrant(
                token.bytes, id: id, way: .email, salt: salt, now: now, crypto: crypto)
            given = grant
            asked = try ask(&record, for: grant, now)
            return false
        }
        switch asked {
        case .given(let address) where !isDecoy:
            let name = login.request.account?.name ?? []
            if CodeRequest.send(recovery: token, of: name, to: address, settings, within: wait.leftForRoom) {
                log(.recoveryRequested, of: given)
            } else {
                log(.recoveryRefused, reason: "mail-not-sent", of: given)
            }
        case .refused(let reason) where !isDecoy: log(.recoveryRefused, reason: reason)
        default: log(.recoveryRefused, reason: reasonOfDecoy)
        }
        wait.rest()
        login.tell(
            "twostep: if we know your address, a mail is on its way",
            "twostep: log in again and type what it brings")
    }

    private func ask(
        _ record: inout Record, for grant: RecoveryGrant, _ now: Int64
    ) throws(CryptoError) -> Asked {
        do throws(DecodeError) {
            guard record.isRecoverable else { return .refused("not-recoverable") }
            guard let contact = Contact(of: record), contact.isForRecovery else { return .refused("no-address") }
            guard try record.securityAnswers() != nil else { return .refused("no-answers") }
            var recovery = try record.recovery()
            // Whoever has no more than the password must not void what an administrator has given out.
            if let open = recovery.grant, open.isOpen(at: now) {
                if open.way == .admin { return .refused("admin-code") }
                // Nor take from the owner what they are about to finish.
                if open.stage == .redeemed, record.state == .mustReenrol { return .refused("in-progress") }
            }
            guard recovery.mayRequest(at: now) else { return .refused("too-many-requests") }
            recovery.countRequest(at: now)
            try record.keep(recovery)
            try record.give(grant)
            return .given(contact.address)
        } catch {
            throw .failed
        }
    }

    private func random(_ count: Int) throws(RecoveryEnd) -> SecretBytes {
        do throws(StoreError) { return try login.random(count) } catch { throw .unavailable(error) }
    }
}
