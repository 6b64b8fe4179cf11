package import Crypto
internal import Linux
package import TwostepCore
internal import Vault

/// Looks at the record of somebody who is enrolled, without its lock: what it says may be old a moment later.
///
/// - Parameter unlessPending: whether somebody whose enrolment is not complete is none.
package func lookAtRecord<Answer>(
    _ account: Account, _ desk: Desk, unlessPending: Bool = true, _ body: (borrowing Record) throws(Failure) -> Answer
) throws -> Answer {
    let found = try desk.withStore { (store) throws(StoreError) in
        try store.peek(account) { record in
            do throws(Failure) {
                guard record.state != .pending || !unlessPending else {
                    throw Failure.notEnrolled(text(account.name))
                }
                return Result<Answer, Failure>.success(try body(record))
            } catch {
                return Result<Answer, Failure>.failure(error)
            }
        }
    }
    guard let found else { throw Failure.notEnrolled(text(account.name)) }
    return try found.get()
}

/// Changes the record of somebody who is enrolled: reads it anew under its lock, and writes it to both slots.
///
/// - Parameters:
///   - unlessPending: whether somebody whose enrolment is not complete is none.
///   - body: takes the record and the time; what it throws leaves the record as it is.
package func changeRecord<Answer>(
    _ account: Account, _ desk: Desk, unlessPending: Bool = true,
    _ body: (inout Record, Int64, borrowing Libcrypto) throws(Failure) -> Answer
) throws -> Answer {
    var trouble = StoreError(.notWritable)
    let noClock = Failure(StoreError(.clockUnavailable), site: desk.configuration)
    for _ in 0..<2 {
        let changed = try desk.withStore { (store) throws(StoreError) in
            try store.change(account) { (record, health, crypto) in
                // Under the lock, as a login reads it.
                guard let now = wallClock() else {
                    return RecordChange.leave(Result<Answer?, Failure>.failure(noClock))
                }
                guard record.state != .pending || !unlessPending else {
                    return RecordChange.leave(.failure(.notEnrolled(text(account.name))))
                }
                guard health == .sound else {
                    // Mended first, and for itself, as by a login: what may have been forgotten is allowed for now, since
                    // two sound slots tell nobody of it afterwards.
                    record.becomeCautious(rules: desk.configuration.rules, now: now)
                    return RecordChange.save(Result<Answer?, Failure>.success(nil))
                }
                do throws(Failure) {
                    let answer = try body(&record, now, crypto)
                    record.changed = record.nextChange(at: now)
                    return RecordChange.save(.success(answer))
                } catch {
                    return RecordChange.leave(.failure(error))
                }
            }
        }
        guard let changed else {
            // Proves the absence, or says what is missing.
            return try lookAtRecord(account, desk) { (_) throws(Failure) in
                throw Failure.changedMeanwhile(account)
            }
        }
        if let error = changed.doubt { throw doubt(error, account, desk) }
        if let answer = try changed.answer.get() {
            if let error = changed.leftover { warnOfLeftover(error, desk) }
            return answer
        }
        // As a login does that finds it.
        EventLine.slotDamaged(account).log()
        trouble = changed.leftover ?? trouble
    }
    throw Failure(trouble, site: desk.configuration)
}

/// Has somebody who is not enrolled told so with another hint, where enrolling them is not what is wanted.
func unlessEnrolled<R>(_ account: Account, say hint: String, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let failure as Failure where failure == .notEnrolled(text(account.name)) {
        throw Failure(failure.message, hint: hint, failure.status)
    }
}

/// Logged as well: whether or not the change outlives the next crash, logins go by it now.
func doubt(_ error: StoreError, _ account: Account, _ desk: Desk) -> Failure {
    var event = ToolEvent(.changeUncertain, account, desk)
    event.add("cause", error.cause)
    event.log()
    let name = printable(text(account.name))
    return Failure(
        "the disk failed (\(text(error.cause))), and it is not certain whether the change was kept",
        hint: "mend the disk, and look with: twostep status \(name)", .inputOutput, leavesDoubt: true)
}

private func warnOfLeftover(_ error: StoreError, _ desk: Desk) {
    desk.sayOnError(
        "twostep: the change counts, but the record's older state could not be written over (\(text(error.cause)))")
    desk.sayOnError("twostep: look at the disk; the next login tries again")
}

extension Failure {
    static func changedMeanwhile(_ account: Account) -> Failure {
        Failure(
            "somebody else has changed \(printable(text(account.name)))'s record meanwhile; nothing was changed",
            hint: "start again", .unavailable)
    }
}

extension Record {
    /// Turns away a record that lets nobody in: what is added to it would not count.
    package func checkIsActive(_ account: Account) throws(Failure) {
        guard state == .active else {
            let name = printable(text(account.name))
            throw Failure(
                "\(name)'s second step is \(UserStatus.name(state)); nothing was changed",
                hint: "look with: twostep status \(name)", .dataError)
        }
    }
}
