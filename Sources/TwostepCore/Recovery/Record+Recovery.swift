internal import Crypto

/// What a record says of recovery.
extension Record {
    /// Tokens that were given out, and how many mails were asked for.
    package func recovery() throws(DecodeError) -> Recovery {
        try section(.recovery, Recovery.decode) ?? Recovery()
    }

    /// Until when a code or token counts that was given out, in seconds since the epoch; nil where none does, or that cannot
    /// be read.
    package func recoveryUntil(at now: Int64) -> Int64? {
        guard let grant = (try? recovery())?.grant, grant.isOpen(at: now) else { return nil }
        return grant.expires
    }

    package mutating func keep(_ recovery: Recovery) throws(DecodeError) {
        let section = recovery.isEmpty ? nil : recovery.encode()
        try set(.recovery, to: section)
    }

    /// The answers to the owner's security questions; nil where there are none.
    package func securityAnswers() throws(DecodeError) -> SecurityAnswers? {
        try section(.answers, SecurityAnswers.decode)
    }

    /// - Parameter answers: nil to forget them.
    package mutating func keep(_ answers: SecurityAnswers?) throws(DecodeError) {
        let section = answers?.encode()
        try set(.answers, to: section)
    }

    /// Gives a token out. One before it is void. An administrator's voids an invitation and what was begun as well: it may
    /// have been somebody else who began. A mail, for which the password is enough, voids nothing that is begun until its token is taken.
    package mutating func give(_ grant: RecoveryGrant) throws(DecodeError) {
        if grant.way == .admin {
            var appendix = try Appendix(self)
            appendix.remove(.invitation)
            appendix.remove(.enrolment)
            setAppendix(appendix)
        }
        var recovery = try recovery()
        recovery.grant = grant
        try keep(recovery)
    }

    /// Voids a token that was mailed and that nobody has come with: where it went, or what must be known beside it, is
    /// another thing now.
    package mutating func voidMailedToken() throws(DecodeError) {
        var recovery = try recovery()
        guard let grant = recovery.grant, grant.way == .email, grant.stage == .given else { return }
        recovery.grant = nil
        try keep(recovery)
    }

    /// Voids every code that was given out for once, and what was begun by one.
    package mutating func voidWhatWasGivenOut() throws(DecodeError) {
        var appendix = try Appendix(self)
        for tag in [Appendix.Tag.invitation, .enrolment] { appendix.remove(tag) }
        setAppendix(appendix)
        var recovery = try recovery()
        recovery.grant = nil
        try keep(recovery)
        try voidSentCode()
    }

    /// Forgets the answers, and leaves the address for telling alone, so that a mail lets nobody in before the owner has
    /// given both anew: somebody who had password and phone for a while may have put theirs there.
    mutating func voidWayBack() throws(DecodeError) {
        var appendix = try Appendix(self)
        appendix.remove(.answers)
        appendix.remove(.unverifiedContact)
        if let contact = appendix[.contact] {
            // Verified at no time.
            var told = SecretBytes(capacity: max(contact.count, 8))
            told.append(bigEndian: UInt64(0))
            if contact.count > 8 { told.append(contentsOf: contact.bytes.extracting(8..<contact.count)) }
            guard appendix.set(.contact, to: told) else { throw .malformed }
        }
        setAppendix(appendix)
    }

    /// Takes over what another record of the same account, in whose place this one is put, knows of its owner: how many mails
    /// and codes were asked for, and the address, for telling alone. No token or code outlives that, and no answers.
    package mutating func takeOver(from old: borrowing Record) throws(DecodeError) {
        let theirs = try Appendix(old)
        var appendix = try Appendix(self)
        if let section = theirs[.contact], !appendix.set(.contact, to: section) { throw .malformed }
        setAppendix(appendix)
        try voidWayBack()
        var recovery = try old.recovery()
        recovery.grant = nil
        try keep(recovery)
        var sent = try old.sentCode()
        sent.void()
        try keep(sent)
    }

    /// Whether this is the token that was taken last, and no newer one was given out since.
    package func isRedeemed(_ grant: RecoveryGrant?) throws(DecodeError) -> Bool {
        guard let known = try recovery().grant, let grant else { return false }
        return known.id == grant.id && known.stage == .redeemed
    }

    /// Whether somebody can be given a token: they have, or had, a second step.
    package var isRecoverable: Bool { state == .active || state == .mustReenrol }
}
