internal import Crypto

/// The throttle's part of a record's plaintext; see docs/file-format.md.
extension RecordCodec {
    static func append(_ throttle: Throttle, to out: inout SecretBytes) -> Bool {
        guard throttle.sources.count <= Throttle.sourceLimit else { return false }
        var fits = append(throttle.worldPurse, to: &out)
        fits = append(throttle.world, to: &out) && fits
        fits = append(throttle.known, to: &out) && fits
        fits = out.append(UInt8(clamping: throttle.sources.count)) && fits
        for known in throttle.sources {
            fits = out.append(known.source.kind.rawValue) && fits
            fits = out.append(bigEndian: known.source.number) && fits
            fits = out.append(bigEndian: UInt64(clamping: known.lastSuccess)) && fits
            fits = append(known.purse, to: &out) && fits
        }
        return fits
    }

    @inline(never)
    private static func append(_ purse: Purse, to out: inout SecretBytes) -> Bool {
        let fits = out.append(bigEndian: purse.failures)
        return append(purse.closure, to: &out) && fits
    }

    @inline(never)
    private static func append(_ pause: Pause, to out: inout SecretBytes) -> Bool {
        var fits = out.append(bigEndian: UInt64(clamping: pause.since))
        fits = out.append(bigEndian: UInt32(clamping: pause.duration)) && fits
        return out.append(bigEndian: UInt64(clamping: pause.again)) && fits
    }

    @inline(never)
    private static func append(_ share: Throttle.Share, to out: inout SecretBytes) -> Bool {
        var fits = out.append(bigEndian: UInt64(clamping: share.budget.level))
        fits = out.append(bigEndian: UInt64(clamping: share.budget.at)) && fits
        fits = append(share.pairs, to: &out) && fits
        return append(share.backupCodes, to: &out) && fits
    }

    static func readThrottle(_ reader: inout ByteReader) throws(DecodeError) -> Throttle {
        var throttle = Throttle(now: 0)
        throttle.worldPurse = try readPurse(&reader)
        throttle.world = try readShare(.world, &reader)
        throttle.known = try readShare(.known, &reader)
        let count = Int(try reader.unsigned(UInt8.self))
        guard count <= Throttle.sourceLimit else { throw .malformed }
        for _ in 0..<count {
            guard let kind = Source.Kind(rawValue: try reader.unsigned()) else { throw .malformed }
            let source = Source(kind, try reader.unsigned())
            guard !throttle.sources.contains(where: { $0.source == source }) else { throw .malformed }
            throttle.sources.append(
                Throttle.KnownSource(source, lastSuccess: try reader.count64(), purse: try readPurse(&reader)))
        }
        return throttle
    }

    private static func readPurse(_ reader: inout ByteReader) throws(DecodeError) -> Purse {
        let failures: UInt32 = try reader.unsigned()
        return Purse(failures: failures, closure: try readPause(&reader))
    }

    private static func readPause(_ reader: inout ByteReader) throws(DecodeError) -> Pause {
        let since = try reader.count64()
        let duration = Int64(try reader.unsigned(UInt32.self))
        guard duration <= Pause.longest else { throw .malformed }
        return Pause(since: since, duration: duration, again: try reader.count64())
    }

    private static func readShare(
        _ group: Budget.Group, _ reader: inout ByteReader
    ) throws(DecodeError) -> Throttle.Share {
        let level = try reader.count64()
        let budget = Budget(group, level: level, at: try reader.count64())
        guard budget.level == level else { throw .malformed }
        var share = Throttle.Share(budget)
        share.pairs = try readPause(&reader)
        share.backupCodes = try readPause(&reader)
        return share
    }
}
