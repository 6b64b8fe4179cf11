/// What a code, or a pair of codes, stands for: of each token the highest step or counter value.
struct Matches {
    private(set) var all: [(token: Int, moment: Int64)] = []

    /// Notes another value; those of one token come one after the other, rising.
    mutating func note(token: Int, moment: Int64) {
        if let last = all.last, last.token == token {
            all[all.count - 1].moment = moment
        } else {
            all.append((token, moment))
        }
    }

    var isEmpty: Bool { all.isEmpty }

    /// Whether a timed token of this record is among them.
    func areTimed(in record: borrowing Record) -> Bool {
        for match in all where record.tokens[match.token].kind == .totp { return true }
        return false
    }

    /// The label of the first token.
    func label(in record: borrowing Record) -> [UInt8] { all.isEmpty ? [] : record.tokens[all[0].token].label }
}
