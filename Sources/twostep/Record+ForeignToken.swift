internal import Commands
internal import Crypto
internal import Import
internal import TwostepCore

extension Record {
    /// Takes a foreign token in.
    mutating func take(_ token: ForeignToken, id: UInt32, floor: Int64, now: Int64) throws(Failure) {
        let kept = Token(
            id: id, kind: token.kind, algorithm: token.algorithm, digits: token.digits, period: token.period,
            floor: floor, drift: token.drift, created: now, label: freeLabel([UInt8](text: "app")), key: 0..<0)
        guard token.withKey({ add(kept, key: $0) }) else {
            throw Failure("the record cannot take the tokens", hint: "import fewer", .dataError)
        }
    }

    /// Where a token's codes begin to count: never before what this record has spent of the same key (law 1).
    borrowing func floor(for token: ForeignToken) -> Int64 {
        var floor = token.floor
        for old in tokens where old.kind == token.kind && (old.kind == .hotp || old.period == token.period) {
            if withKey(of: old, { key in token.withKey { equalInConstantTime($0, key) } }) {
                floor = max(floor, old.floor)
            }
        }
        return floor
    }
}
