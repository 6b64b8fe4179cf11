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

    /// What a record lacks of it.
    static func missing(in record: borrowing Record) -> [WayBackPart] {
        let answers = (try? record.securityAnswers()) ?? nil
        return (Contact(of: record) == nil ? [.address] : []) + (answers == nil ? [.answers] : [])
    }
}
