internal import Crypto
internal import TwostepCore

/// What is wrong with a code that was typed to prove a new token.
///
/// Its key is in force nowhere yet, so that whoever types may know all of it: that is no oracle.
enum CodeFlaw: Equatable {
    case noCode
    case twoCodes
    case backupCode
    case length(Int)
    /// It is what was typed before.
    case again
    case used
    /// It is right where the clock shows so many seconds later, or earlier where negative.
    case clock(Int64)
    /// It is the code of this counter value, which is too far on.
    case counter(Int64)
    /// It is none of this key's that is anywhere near.
    case anothers

    /// How far is looked, in seconds: an hour, which a wrong time zone makes, and a few minutes of a clock beside it.
    static let clockReach: Int64 = 3_900
    /// The same in counter values.
    static let counterReach: Int64 = 1_000

    /// What is to be seen from the shape of an answer alone; nil where it is a code of the token's length.
    init?(shape typed: borrowing TypedCode, digits: Int) {
        switch typed.kind {
        case .malformed: self = .noCode
        case .pair: self = .twoCodes
        case .backup: self = .backupCode
        case .oneTime:
            guard typed.text.count != digits else { return nil }
            self = .length(typed.text.count)
        }
    }

    /// Looks for where a code that is wrong now would be right; of several places the nearest.
    init(
        wrong code: Span<UInt8>, _ token: borrowing NewToken, now: Int64, crypto: borrowing Libcrypto
    ) throws(CryptoError) {
        let wish = token.wish
        let period = Int64(wish.period)
        let isTimed = wish.kind == .totp
        let expected = isTimed ? TOTP.step(at: now, period: wish.period) : 0
        let reach = isTimed ? CodeFlaw.clockReach / period : CodeFlaw.counterReach
        var nearest: Int64?
        var candidate = SecretBytes(capacity: HOTP.workSize)
        for moment in max(expected - reach, 0)...max(expected + reach, 0) {
            try HOTP.compute(
                key: token.secret.bytes, counter: UInt64(moment), algorithm: wish.algorithm, digits: wish.digits,
                crypto: crypto, into: &candidate)
            guard equalInConstantTime(candidate.bytes, code) else { continue }
            let offset = moment - expected
            if offset.magnitude < nearest?.magnitude ?? .max { nearest = offset }
        }
        guard let nearest else {
            self = .anothers
            return
        }
        // From the middle of the step that the code belongs to.
        self = isTimed ? .clock(nearest * period + period / 2 - now % period) : .counter(nearest)
    }

    /// What happened, and what to do, for a person.
    func lines(_ token: borrowing NewToken, now: Int64) -> (what: String, hint: String) {
        let wish = token.wish
        let digits = "type the \(wish.digits) digits that the app shows"
        let next =
            wish.kind == .totp
            ? "wait for the next one, in \(Int64(wish.period) - now % Int64(wish.period)) s"
            : "have the app show the next one"
        switch self {
        case .noCode: return ("that is no code", digits)
        case .twoCodes: return ("that is two codes", "type the one that the app shows now")
        case .backupCode: return ("that looks like a backup code", digits)
        case .length(let count): return ("that code has \(count) digits", digits)
        case .again: return ("that is the same code again", next)
        case .used: return ("that code is already used", next)
        case .clock(let seconds) where seconds > 0:
            return (
                "the phone's clock is \(CodeFlaw.words(seconds)) ahead",
                "\(CodeFlaw.time(now)) here: set the clock that is wrong; type a new code"
            )
        case .clock(let seconds):
            return (
                "that code was right \(CodeFlaw.words(-seconds)) ago",
                "\(CodeFlaw.time(now)) here: set the phone if it is behind; type a new code"
            )
        case .counter(let value):
            return (
                "that is the app's code number \(value + 1), too far from the first",
                "remove the entry from the app, and scan the QR code again"
            )
        case .anothers:
            return (
                "that code is wrong; it looks like one of another entry",
                "type the one that the app shows for \(token.entry)"
            )
        }
    }

    /// How long, to the minute.
    private static func words(_ seconds: Int64) -> String {
        let minutes = max((seconds + 30) / 60, 1)
        if (57...63).contains(minutes) { return "1 hour" }
        if minutes > 63 { return "1 hour \(minutes - 60) minutes" }
        return minutes == 1 ? "1 minute" : "\(minutes) minutes"
    }

    /// The time of day in UTC, which means the same on every phone.
    private static func time(_ now: Int64) -> String {
        let minutes = now / 60
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "it is \(two(minutes / 60 % 24)):\(two(minutes % 60)) UTC"
    }
}
