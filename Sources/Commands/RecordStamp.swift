internal import TwostepCore

/// Tells the record that somebody has seen before they typed from what was made of it meanwhile: a dialogue may be held open
/// while the owner gets back in, and whoever holds it must not go on in the new record.
///
/// Every change but a login's moves `changed` on; taking a recovery token and completing an enrolment do, and what an
/// enrolment has judged at the prompt, an enrolment code or one of the app, does not. A record that is put in another
/// one's place within one second has backup codes of its own, unless `backup_codes` is 0.
struct RecordStamp: Equatable {
    private let created: Int64
    private let changed: Int64
    private let backupSetting: [UInt8]

    init(_ record: borrowing Record) { self.init(record, changed: record.changed) }

    /// Of a record as it is after the change that is being made to it.
    ///
    /// - Parameter now: the time of that change, seconds since the epoch.
    init(_ record: borrowing Record, changedAt now: Int64) { self.init(record, changed: record.nextChange(at: now)) }

    private init(_ record: borrowing Record, changed: Int64) {
        created = record.created
        self.changed = changed
        backupSetting = record.backupCodes.setting
    }

    /// Of somebody's record, which must be one that lets them in.
    static func ofActiveRecord(_ account: Account, _ desk: Desk) throws -> RecordStamp {
        try lookAtRecord(account, desk) { (record) throws(Failure) in
            try record.checkIsActive(account)
            return RecordStamp(record)
        }
    }

    /// Turns away whoever has seen another record, or this one before somebody changed it.
    func check(_ record: borrowing Record, of account: Account) throws(Failure) {
        guard RecordStamp(record) == self else { throw Failure.changedMeanwhile(account) }
    }
}
