internal import Crypto
internal import Linux
internal import TwostepCore
internal import Vault

/// What an enrolment at a login does with the record, each time read anew under its lock.
extension LoginEnrolment where Person: ~Copyable {
    func clock() throws(EnrolmentEnd) -> Int64 {
        guard let now = wallClock() else { throw .unavailable(StoreError(.clockUnavailable)) }
        return now
    }

    /// A new key, as the site's tokens are.
    func makeEnrolment(by proof: Enrolment.Proof) throws(EnrolmentEnd) -> Enrolment {
        let site = login.request.configuration
        let now = max(try clock(), 0)
        let token = Token(
            id: 1, kind: .totp, algorithm: site.algorithm, digits: site.digits, period: site.period, created: now,
            label: Enrolment.label, key: 0..<0)
        do throws(StoreError) {
            let id = try login.random(Enrolment.idSize).array
            let key = try login.random(site.algorithm.digestSize)
            return Enrolment(id: id, proof: proof, begun: now, token: token, key: key)
        } catch {
            throw .unavailable(error)
        }
    }

    /// Begins an enrolment that takes no enrolment code, and makes the record where there is none.
    func begin(by proof: Enrolment.Proof) throws(EnrolmentEnd) -> Enrolment {
        let fresh = try makeEnrolment(by: proof)
        let setting = login.request.configuration.enrollAtLogin
        if proof == .password, try make(fresh) {
            logBegun(proof)
            return fresh
        }
        try change { (record, now) throws(DecodeError) in
            switch proof {
            case .password:
                let step = try EnrolmentStep(record, setting, now: now)
                guard step == .nothing || step == .shownApp else { return false }
            case .recovery, .invitation: return false
            }
            try record.keep(fresh)
            return true
        }
        logBegun(proof)
        return fresh
    }

    /// Begins what a recovery token that was taken lets somebody do, or goes on with it.
    ///
    /// A key that was shown before is never shown again, since somebody else who has come by the token would hold a copy of
    /// the owner's: there is a new one, and a dialogue that goes on with the old one ends. Where an app was proven, what is
    /// left is for whoever has that app.
    func begin(recoveredBy grant: RecoveryGrant) throws(EnrolmentEnd) -> Enrolment {
        let fresh = try makeEnrolment(by: .recovery)
        var isProven = false
        try change { (record, _) throws(DecodeError) in
            guard record.state == .mustReenrol, try record.isRedeemed(grant) else { return false }
            if let begun = try record.enrolment(), begun.proof == .recovery, begun.stage == .proven {
                isProven = true
                return true
            }
            try record.keep(fresh)
            return true
        }
        guard isProven else {
            logBegun(.recovery)
            return fresh
        }
        login.tell("twostep: you have set up an app before; type the code that it shows")
        return try askRepeatedly { () throws(EnrolmentEnd) in
            let answer = try ask(text(login.request.options.promptText), echo: login.request.options.echoCode)
            return try verify(answer, .proven)
        }
    }

    /// Makes the record of somebody proven to have none.
    ///
    /// - Returns: false where there is one.
    private func make(_ enrolment: borrowing Enrolment) throws(EnrolmentEnd) -> Bool {
        var record = Record(
            state: .pending, confirmed: false, created: enrolment.begun, changed: enrolment.begun)
        do throws(DecodeError) { try record.keep(enrolment) } catch { throw .unavailable(StoreError(error)) }
        var problem: EnrolmentError?
        var isThere = false
        var store = Store(login.request.configuration)
        do throws(StoreError) {
            try store.withOpen { (store) throws(StoreError) in
                isThere = try store.peek(account) { _ in true } ?? false
                guard !isThere else { return }
                do throws(EnrolmentError) {
                    try store.create(account, record, provingAbsence: true, replacing: [])
                } catch {
                    problem = error
                }
            }
        } catch {
            throw .unavailable(error)
        }
        switch problem {
        case nil: return !isThere
        case .alreadyEnrolled: return false
        case .store(let error): throw .unavailable(error)
        }
    }

    /// Judges something typed against the record, or a decoy where there is none, as a login does.
    ///
    /// - Parameter body: whether it was right.
    func update(
        _ body: (inout Record, Int64, borrowing Libcrypto) throws(CryptoError) -> Bool
    ) throws(EnrolmentEnd) {
        do throws(StoreError) {
            _ = try login.update { (record, now, crypto) throws(CryptoError) in
                let isRight = try body(&record, now, crypto)
                return RecordUpdate(isRight: isRight, inBothSlots: isRight)
            }
        } catch {
            throw .unavailable(error)
        }
    }

    /// Changes the record, in both slots.
    ///
    /// - Parameter body: takes the record and the time; false where it is not what it was.
    func change(_ body: (inout Record, Int64) throws(DecodeError) -> Bool) throws(EnrolmentEnd) {
        for _ in 0..<2 {
            var isDamaged = false
            var trouble: StoreError?
            var isMeant = false
            let changed: ChangedRecord<Void>?
            var store = Store(login.request.configuration)
            do throws(StoreError) {
                changed = try store.withOpen { (store) throws(StoreError) in
                    try store.change(account) { (record, health, _) in
                        guard let now = wallClock() else {
                            trouble = StoreError(.clockUnavailable)
                            return .leave(())
                        }
                        guard health == .sound else {
                            // Mended first, as by a login.
                            isDamaged = true
                            record.becomeCautious(rules: login.request.configuration.rules, now: now)
                            return .save(())
                        }
                        do throws(DecodeError) { isMeant = try body(&record, now) } catch {
                            trouble = StoreError(error)
                        }
                        guard isMeant, trouble == nil else { return .leave(()) }
                        record.changed = record.nextChange(at: now)
                        return .save(())
                    }
                }
            } catch {
                throw .unavailable(error)
            }
            if let error = trouble ?? changed?.doubt { throw .unavailable(error) }
            guard isDamaged else {
                guard isMeant, changed != nil else { throw .refused(.changedMeanwhile) }
                return
            }
            login.write(EventLine.slotDamaged(account))
        }
        throw .unavailable(StoreError(.notWritable))
    }
}

/// The enrolment that a record has, which was looked at before.
func current(_ record: borrowing Record) throws(CryptoError) -> Enrolment? {
    do throws(DecodeError) { return try record.enrolment() } catch { throw .failed }
}

extension StoreError {
    /// What a part of a record that is not as it should be means.
    init(_ error: DecodeError) {
        self.init(error == .unknownVersion ? .unknownVersion : .recordCorrupt, cause: "contents")
    }
}
