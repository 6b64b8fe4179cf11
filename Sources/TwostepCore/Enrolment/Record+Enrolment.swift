internal import Crypto

/// What a record says of an enrolment that is not complete.
extension Record {
    /// The invitation that waits for its owner; nil where there is none.
    package func invitation() throws(DecodeError) -> Invitation? {
        try section(.invitation, Invitation.decode)
    }

    /// The enrolment that was begun; nil where there is none.
    package func enrolment() throws(DecodeError) -> Enrolment? {
        try section(.enrolment, Enrolment.decode)
    }

    /// Invites the owner. Void is an invitation before it, a recovery token, what was begun by either, and the way back by
    /// mail: an administrator vouches for whoever gets this code, and for nobody who came otherwise.
    package mutating func invite(_ invitation: Invitation) throws(DecodeError) {
        try voidWhatWasGivenOut()
        try voidWayBack()
        try set(.invitation, to: invitation.encode())
    }

    /// Writes down how far an enrolment is. Once an app was proven the invitation has done its work: it is void.
    package mutating func keep(_ enrolment: borrowing Enrolment) throws(DecodeError) {
        var appendix = try Appendix(self)
        let section = enrolment.encode()
        guard appendix.set(.enrolment, to: section) else { throw .malformed }
        if enrolment.stage == .proven { appendix.remove(.invitation) }
        setAppendix(appendix)
    }

    /// Makes the record one that lets its owner in by the token that was proven and by `codes`, and by nothing that was
    /// there before. The throttle stays.
    ///
    /// - Returns: false where no token is proven.
    package mutating func complete(with codes: BackupCodeSet, now: Int64) throws(DecodeError) -> Bool {
        guard let enrolment = try enrolment(), enrolment.stage == .proven else { return false }
        for token in tokens where !removeToken(id: token.id) { return false }
        for key in securityKeys { _ = removeSecurityKey(key.publicKey) }
        var token = enrolment.token
        token.created = max(now, 0)
        token.lastUsed = max(now, 0)
        guard add(token, key: enrolment.key.bytes) else { return false }
        backupCodes = codes
        remembered = []
        state = .active
        confirmed = true
        cautious = false
        var appendix = try Appendix(self)
        appendix.remove(.invitation)
        appendix.remove(.enrolment)
        setAppendix(appendix)
        // What was given out has done its work. How many mails were asked for is not forgotten.
        var recovery = try recovery()
        recovery.grant = nil
        try keep(recovery)
        // Whoever invited them has vouched for them, and not for an address and answers of before.
        if enrolment.proof == .invitation { try voidWayBack() }
        return true
    }
}
