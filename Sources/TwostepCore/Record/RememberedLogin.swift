internal import Crypto

/// A login that needs no code for a while, since one was typed for it (`remember`;
/// docs/adr/0023-remembered-logins.md).
package struct RememberedLogin: Equatable, Sendable {
    /// The most that a record has: of more, those with the latest codes.
    package static let limit = 8
    /// The longest that a code may be enough, in seconds: 30 days.
    package static let longest = 30 * 86_400

    /// Which login it is: the first 16 bytes of a keyed hash of all that tells it from others.
    package struct Mark: Equatable, Sendable {
        package let high: UInt64
        package let low: UInt64

        package init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    package let mark: Mark
    /// When its last code was typed, in seconds since the machine was started.
    package let at: UInt32

    package init(_ mark: Mark, at: UInt32) {
        self.mark = mark
        self.at = at
    }
}

/// A login that may be remembered, as the store is asked about it.
package struct RecurringLogin: Equatable, Sendable {
    /// What tells it from every other login, to be hashed.
    package let text: [UInt8]
    /// For how long a code is enough, in seconds.
    package let period: Int64
    /// Seconds since the machine was started.
    package let now: Int64
}

/// What the store says of such a login.
package struct Recalled: Equatable, Sendable {
    /// By what a code that is accepted now is to be remembered.
    package let mark: RememberedLogin.Mark
    /// Whether no code is needed.
    package let isRemembered: Bool

    package init(_ mark: RememberedLogin.Mark, isRemembered: Bool) {
        self.mark = mark
        self.isRemembered = isRemembered
    }
}

extension Record {
    /// Whether a login needs no code: its last one was typed less than `period` ago, and nothing about the record is in
    /// doubt. Nothing is written for it, so that the time counts from the code.
    package func remembers(_ login: RecurringLogin, as mark: RememberedLogin.Mark, _ health: RecordHealth) -> Bool {
        guard health == .sound, state == .active, !cautious else { return false }
        for known in remembered where known.mark == mark {
            let age = login.now - Int64(known.at)
            return age >= 0 && age < login.period
        }
        return false
    }

    /// Remembers a login for which a code was accepted at `now`, in seconds since the machine was started.
    package mutating func remember(_ mark: RememberedLogin.Mark, at now: Int64) {
        guard let at = UInt32(exactly: now) else { return }
        var latest = [RememberedLogin(mark, at: at)]
        for known in remembered where known.mark != mark && latest.count < RememberedLogin.limit {
            latest.append(known)
        }
        remembered = latest
    }

    /// Whoever logs in needs a code again.
    package mutating func forgetLogins() { remembered = [] }
}

extension LoginRequest {
    /// What tells this login from every other: service, source, session and user. Nil where it may not be remembered.
    ///
    /// - The user must not be root, and the module's line not say `required`.
    /// - Somebody who comes by the network is known by their whole numeric address; whoever has started `su` or `sudo` by
    ///   their uid, and by the session that they did it in. Everybody else, at the console or behind the name of a host,
    ///   cannot be told from others.
    /// - With `forward_pass` the password comes with the code.
    package var recurringText: [UInt8]? {
        guard configuration.remember > 0, trouble == nil, !options.required, !options.forwardPass, !session.isEmpty,
            account?.uid != 0
        else { return nil }
        var place: [UInt8] = []
        if let address {
            place.append(bigEndian: UInt64(truncatingIfNeeded: address >> 64))
            place.append(bigEndian: UInt64(truncatingIfNeeded: address))
        } else if let source, source.kind == .uid {
            place.append(bigEndian: source.number)
        } else {
            return nil
        }
        var text: [UInt8] = []
        for part in [service, place, session, account?.name ?? subject.name] {
            text.append(bigEndian: UInt16(clamping: part.count))
            text += part
        }
        return text
    }
}
