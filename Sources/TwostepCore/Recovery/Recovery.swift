package import Crypto

/// What a record keeps of recovery, as a section of its appendix: docs/file-format.md.
package struct Recovery: Equatable, Sendable {
    /// How many mails somebody may ask for in a day.
    package static let requestLimit = 3
    private static let day: Int64 = 86_400

    /// When mails were asked for, in seconds since the epoch, the earliest first; at most `requestLimit`.
    package private(set) var requests: [Int64]
    /// The one token that is outstanding, or was redeemed and has not led to a new enrolment yet.
    package var grant: RecoveryGrant?

    package init(requests: [Int64] = [], grant: RecoveryGrant? = nil) {
        self.requests = requests
        self.grant = grant
    }

    /// Whether another mail may be asked for.
    package func mayRequest(at now: Int64) -> Bool { Recovery.recent(requests, now).count < Recovery.requestLimit }

    /// Counts a mail that is asked for, whatever comes of it; there is no room for more than `mayRequest` says.
    package mutating func countRequest(at now: Int64) {
        let now = min(max(now, 0), Token.counterLimit)
        requests = Recovery.recent(requests, now)
        guard requests.count < Recovery.requestLimit else { return }
        requests = Recovery.sorted(requests, adding: now)
    }

    /// Those of the last day. One from more than a day ahead is of a clock that was wrong.
    private static func recent(_ times: [Int64], _ now: Int64) -> [Int64] {
        var recent: [Int64] = []
        for time in times where time > now - day && time < now + day { recent.append(time) }
        return recent
    }

    private static func sorted(_ times: [Int64], adding new: Int64) -> [Int64] {
        var sorted: [Int64] = []
        var isIn = false
        for time in times {
            if !isIn, time > new {
                sorted.append(new)
                isIn = true
            }
            sorted.append(time)
        }
        if !isIn { sorted.append(new) }
        return sorted
    }

    var isEmpty: Bool { requests.isEmpty && grant == nil }
}

extension Recovery {
    package func encode() -> SecretBytes {
        var section = SecretBytes(capacity: 128)
        section.append(UInt8(clamping: requests.count))
        for time in requests { section.append(bigEndian: UInt64(clamping: time)) }
        section.append(grant?.way.rawValue ?? 0)
        guard let grant else { return section }
        section.append(grant.stage.rawValue)
        section.append(UInt8(clamping: grant.wrong))
        section.append(contentsOf: grant.id.span)
        section.append(bigEndian: UInt64(clamping: grant.made))
        section.append(bigEndian: UInt64(clamping: grant.expires))
        section.append(contentsOf: grant.salt.span)
        section.append(contentsOf: grant.hash.span)
        return section
    }

    package static func decode(_ section: Span<UInt8>) throws(DecodeError) -> Recovery {
        var reader = ByteReader(section)
        let count = Int(try reader.unsigned(UInt8.self))
        guard count <= requestLimit else { throw .malformed }
        var recovery = Recovery()
        for _ in 0..<count {
            let time = try reader.count64()
            if let last = recovery.requests.last, time < last { throw .malformed }
            recovery.requests.append(time)
        }
        let way: UInt8 = try reader.unsigned()
        if way != 0 {
            guard let way = RecoveryGrant.Way(rawValue: way),
                let stage = RecoveryGrant.Stage(rawValue: try reader.unsigned())
            else { throw .malformed }
            let wrong = Int(try reader.unsigned(UInt8.self))
            let id = try reader.array(RecoveryGrant.idSize)
            let made = try reader.count64()
            let expires = try reader.count64()
            guard wrong <= RecoveryGrant.wrongLimit, expires > made else { throw .malformed }
            recovery.grant = RecoveryGrant(
                id: id, way: way, stage: stage, made: made, expires: expires,
                salt: try reader.array(CodeHash.saltSize), hash: try reader.array(HashAlgorithm.sha256.digestSize),
                wrong: wrong)
        }
        guard reader.isAtEnd, !recovery.isEmpty else { throw .malformed }
        return recovery
    }
}
