/// What a code, or a pair of codes, stands for: of each token the highest step or counter value.
struct Matches {
    /// By the token's index, of which there are `Record.tokenLimit`; -1 for none.
    private var moments = InlineArray<8, Int64>(repeating: -1)

    /// Notes another value, 0 or more; those of one token come rising.
    mutating func note(token: Int, moment: Int64) {
        guard moments.indices.contains(token) else { return }
        moments[token] = moment
    }

    /// The value of a token; nil where it did not match.
    subscript(token: Int) -> Int64? {
        moments.indices.contains(token) && moments[token] >= 0 ? moments[token] : nil
    }

    /// The first token that matched.
    private var first: Int? {
        for token in moments.indices where moments[token] >= 0 { return token }
        return nil
    }

    var isEmpty: Bool { first == nil }

    /// Whether a timed token of this record is among them.
    func areTimed(in record: borrowing Record) -> Bool {
        for token in record.tokens.indices where self[token] != nil {
            if record.tokens[token].kind == .totp { return true }
        }
        return false
    }

    /// The label of the first token.
    func label(in record: borrowing Record) -> [UInt8] {
        guard let first, first < record.tokens.count else { return [] }
        return record.tokens[first].label
    }
}
