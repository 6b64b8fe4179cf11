package import Crypto

/// A one-time code that the site sends by a way of its own (`deliver_command`), a text message say: what a record keeps of
/// it, as a section of its appendix (docs/file-format.md). The code has the form of a backup code, 40 random bits. Three
/// wrong answers void it and three are sent in an hour, so that guesses at them are nine in an hour at most.
package struct SentCode: Equatable, Sendable {
    /// How long a code counts, in seconds.
    package static let lifetime: Int64 = 300
    /// With how many wrong answers it is void.
    package static let wrongLimit = 3
    /// How many are sent in an hour.
    package static let hourly = 3
    private static let hour: Int64 = 3600
    /// What tells its hash from that of another kind of code.
    static var label: StaticString { "twostep sent code v1" }

    /// The one that may still count.
    package struct Outstanding: Equatable, Sendable {
        /// Seconds since the epoch.
        package let made: Int64
        /// How many wrong answers were given, less than `wrongLimit`.
        package fileprivate(set) var wrong: Int
        /// What the code is hashed with, `CodeHash.saltSize` bytes, and the hash.
        let salt: [UInt8]
        let hash: [UInt8]

        package init(made: Int64, wrong: Int = 0, salt: [UInt8], hash: [UInt8]) {
            self.made = made
            self.wrong = wrong
            self.salt = salt
            self.hash = hash
        }

        /// A clock that was set back opens nothing.
        func isOpen(at now: Int64) -> Bool { now >= made && now < made + SentCode.lifetime }
    }

    /// When codes were sent, in seconds since the epoch; at most `hourly`, and at least one where anything is kept.
    package private(set) var times: [Int64]
    package private(set) var outstanding: Outstanding?

    package init(times: [Int64] = [], outstanding: Outstanding? = nil) {
        self.times = times
        self.outstanding = outstanding
    }

    /// Those of the last hour. One from more than an hour ahead is of a clock that was wrong.
    private func recent(_ now: Int64) -> [Int64] {
        var recent: [Int64] = []
        for time in times where time > now - SentCode.hour && time < now + SentCode.hour { recent.append(time) }
        return recent
    }

    /// Why no other one is sent now; nil where one is.
    func hindrance(at now: Int64) -> NotSent? {
        // Whoever waits for it must not lose it to somebody who asks for the next.
        if let outstanding, outstanding.isOpen(at: now) { return .stillCounts }
        return recent(now).count < SentCode.hourly ? nil : .tooMany
    }

    mutating func send(hash: [UInt8], salt: [UInt8], at now: Int64) {
        times = recent(now) + [now]
        outstanding = Outstanding(made: now, salt: salt, hash: hash)
    }

    mutating func chargeWrong() {
        outstanding?.wrong += 1
        if let outstanding, outstanding.wrong >= SentCode.wrongLimit { void() }
    }

    mutating func void() { outstanding = nil }

    /// What is kept of a code: 32 bytes.
    ///
    /// - Parameter salt: `CodeHash.saltSize` random bytes.
    static func hash(_ code: Span<UInt8>, salt: [UInt8], crypto: borrowing Libcrypto) throws(CryptoError) -> [UInt8] {
        try CodeHash.hash(code, label, salt: salt, crypto: crypto)
    }
}

/// Why no code is sent to somebody who asks for one.
package enum NotSent: Equatable, Sendable, CaseIterable {
    /// The one before counts still, and no other one is sent for so long.
    case stillCounts
    /// There have been as many within the hour as there may be.
    case tooMany
    /// The record lets nobody in.
    case notActive

    /// The reason's name in the log, documented in docs/events.md.
    package var reason: StaticString {
        switch self {
        case .stillCounts: "still-counts"
        case .tooMany: "too-many-requests"
        case .notActive: "not-active"
        }
    }
}

extension SentCode {
    package func encode() -> SecretBytes {
        var section = SecretBytes(capacity: 128)
        section.append(UInt8(clamping: times.count))
        for time in times { section.append(bigEndian: UInt64(clamping: time)) }
        guard let outstanding else { return section }
        section.append(bigEndian: UInt64(clamping: outstanding.made))
        section.append(UInt8(clamping: outstanding.wrong))
        section.append(contentsOf: outstanding.salt.span)
        section.append(contentsOf: outstanding.hash.span)
        return section
    }

    package static func decode(_ section: Span<UInt8>) throws(DecodeError) -> SentCode {
        var reader = ByteReader(section)
        let count = Int(try reader.unsigned(UInt8.self))
        guard (1...hourly).contains(count) else { throw .malformed }
        var sent = SentCode()
        for _ in 0..<count { sent.times.append(try reader.count64()) }
        guard !reader.isAtEnd else { return sent }
        let made = try reader.count64()
        let wrong = Int(try reader.unsigned(UInt8.self))
        guard wrong < wrongLimit else { throw .malformed }
        sent.outstanding = Outstanding(
            made: made, wrong: wrong, salt: try reader.array(CodeHash.saltSize),
            hash: try reader.array(HashAlgorithm.sha256.digestSize))
        guard reader.isAtEnd else { throw .malformed }
        return sent
    }
}

/// What a record says of codes that were sent.
extension Record {
    package func sentCode() throws(DecodeError) -> SentCode {
        try section(.sentCode, SentCode.decode) ?? SentCode()
    }

    mutating func keep(_ sent: SentCode) throws(DecodeError) {
        let section = sent.times.isEmpty ? nil : sent.encode()
        try set(.sentCode, to: section)
    }

    /// Voids the code that was sent. How many were is not forgotten.
    mutating func voidSentCode() throws(DecodeError) {
        var sent = try sentCode()
        sent.void()
        try keep(sent)
    }
}
