internal import Crypto
internal import Notices
internal import TwostepCore

/// Forgetting the address and the answers.
extension ContactCommand {
    private struct Former {
        let stamp: RecordStamp
        let address: EmailAddress?
        let hasAddress: Bool
        let hasAnswers: Bool
    }

    private func readFormer(of record: borrowing Record, _ desk: Desk) throws(Failure) -> Former {
        let address = Contact(of: record)?.address
        return Former(
            stamp: RecordStamp(record), address: address,
            hasAddress: address != nil || UnverifiedContact(of: record) != nil,
            hasAnswers: try readAnswers(of: record, desk) != nil)
    }

    func forget(_ account: Account, _ desk: Desk) throws {
        let before = try lookAtRecord(account, desk) { (record) throws(Failure) in try readFormer(of: record, desk) }
        guard before.hasAddress || before.hasAnswers else {
            throw Failure("\(printable(name(account))) has no address", hint: "there is nothing to forget", .dataError)
        }
        try desk.confirmOwner(account, json: json)
        let former = try changeRecord(account, desk) { (record, _, _) throws(Failure) in
            try before.stamp.check(record, of: account)
            let former = try readFormer(of: record, desk)
            guard Contact.remove(from: &record) else { throw Failure.noRoom(account) }
            do throws(DecodeError) { try record.keep(SecurityAnswers?.none) } catch {
                throw Failure(appendix: error, desk)
            }
            try voidMailedToken(of: &record, desk)
            return former
        }
        if former.hasAddress { ToolEvent(.contactRemoved, account, desk).log(alsoTo: former.address) }
        if former.hasAnswers { ToolEvent(.questionsRemoved, account, desk).log(alsoTo: former.address) }
        if json { return try desk.sayJSON(Shown(user: name(account)), isDone: true) }
        let name = printable(name(account))
        if former.hasAddress { try desk.say("Mail about \(name) goes to them no more.", isDone: true) }
        if former.hasAnswers { try desk.say("\(name)'s answers are forgotten.", isDone: true) }
    }
}
