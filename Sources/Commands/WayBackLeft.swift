internal import Notices
internal import TwostepCore

/// What getting back in by mail takes of an owner. The names are those of the JSON.
enum WayBackPart: String, CaseIterable {
    case address, answers

    /// How the owner, logged in, gives it.
    var command: String {
        switch self {
        case .address: "twostep contact --set ADDRESS"
        case .answers: "twostep contact --questions"
        }
    }

    /// The address of before somebody got a new second step, which is told what happens and no more.
    static func formerAddress(in record: borrowing Record) -> String? {
        Contact(of: record).flatMap { $0.isForRecovery ? nil : $0.address.text }
    }

    /// What a record lacks of it.
    static func missing(in record: borrowing Record) -> [WayBackPart] {
        let answers = (try? record.securityAnswers()) ?? nil
        let hasAddress = Contact(of: record)?.isForRecovery ?? false
        return (hasAddress ? [] : [.address]) + (answers == nil ? [.answers] : [])
    }
}
