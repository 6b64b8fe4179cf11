internal import Crypto
internal import TwostepCore

/// What one picture of Google Authenticator's export says: `otpauth-migration://offline?data=`, behind which stands a
/// protocol buffer message in base64. Nobody has published the format; docs/adr/0016-migration-export.md has the fields.
struct MigrationPayload {
    /// The longest address that is read, in bytes; a QR code holds 2,953.
    private static let longestText = 8192

    private(set) var entries: [URIFile.Entry] = []
    /// How many pictures the export has, and which one this is, from 0.
    private(set) var batchSize: UInt64 = 1
    private(set) var batchIndex: UInt64 = 0
    private(set) var batchID: UInt64 = 0

    init(uri: Span<UInt8>) throws(ImportError) {
        guard uri.count <= MigrationPayload.longestText else { throw ImportError("the address is too long") }
        let prefix: StaticString = "otpauth-migration://offline?data="
        guard uri.begins(0..<uri.count, prefix) else {
            throw ImportError("not otpauth-migration://offline?data=")
        }
        let message = try decodeBase64(uri.extracting(droppingFirst: prefix.utf8CodeUnitCount))
        do throws(ProtobufReader.Malformed) { try read(message.bytes) } catch {
            throw ImportError("the export is cut off or damaged")
        }
        for index in parameters.indices { entries.append(try MigrationPayload.entry(message.bytes, parameters[index])) }
        parameters = []
        guard !entries.isEmpty else { throw ImportError("the export has no entries") }
    }

    private var parameters: [Parameters] = []

    /// One entry's fields; bytes as places in the whole message.
    private struct Parameters {
        var secret = 0..<0
        var name = 0..<0
        var issuer = 0..<0
        var algorithm: UInt64 = 0
        var digits: UInt64 = 0
        var type: UInt64 = 0
        var counter: UInt64 = 0
    }

    private mutating func read(_ message: Span<UInt8>) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(message)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)):
                parameters.append(try MigrationPayload.read(message.extracting(range), at: range.lowerBound))
            case (3, .number(let number)): batchSize = number
            case (4, .number(let number)): batchIndex = number
            case (5, .number(let number)): batchID = number
            case (1, _), (3, _), (4, _), (5, _): throw ProtobufReader.Malformed()
            default: break
            }
        }
        guard batchSize <= 1000, batchIndex < max(batchSize, 1) else { throw ProtobufReader.Malformed() }
    }

    private static func read(
        _ message: Span<UInt8>, at start: Int
    ) throws(ProtobufReader.Malformed) -> Parameters {
        var reader = ProtobufReader(message)
        var found = Parameters()
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)): found.secret = (range.lowerBound + start)..<(range.upperBound + start)
            case (2, .bytes(let range)): found.name = (range.lowerBound + start)..<(range.upperBound + start)
            case (3, .bytes(let range)): found.issuer = (range.lowerBound + start)..<(range.upperBound + start)
            case (4, .number(let number)): found.algorithm = number
            case (5, .number(let number)): found.digits = number
            case (6, .number(let number)): found.type = number
            case (7, .number(let number)): found.counter = number
            case (1...7, _): throw ProtobufReader.Malformed()
            default: break
            }
        }
        return found
    }

    private static func entry(_ message: Span<UInt8>, _ found: Parameters) throws(ImportError) -> URIFile.Entry {
        let token = try ForeignToken(
            secret: SecretBytes(copying: message.extracting(found.secret)), kind: try kind(found.type),
            algorithm: try algorithm(found.algorithm), digits: try digits(found.digits),
            // The app has no other step; of a counter beyond every number the range check is told.
            floor: found.type == 1 ? Int64(clamping: found.counter) : 0)
        var issuer = message.array(found.issuer)
        var account = message.array(found.name)
        // As in the label of an address: what stands before a colon is the issuer.
        if let colon = account.firstIndex(of: 0x3A) {
            if issuer.isEmpty { issuer = Array(account[..<colon]) }
            account = Array(account[(colon + 1)...]).trimmed
        }
        guard account.count <= OTPAuthURI.longestAccount, issuer.count <= OTPAuthURI.longestAccount else {
            throw ImportError("an entry with a name of more than 255 bytes")
        }
        return URIFile.Entry(issuer: issuer, account: account, token: token, isExported: true)
    }

    private static func kind(_ type: UInt64) throws(ImportError) -> Token.Kind {
        switch type {
        case 1: return .hotp
        case 2: return .totp
        default: throw ImportError("an entry that is neither timed nor counted")
        }
    }

    private static func algorithm(_ number: UInt64) throws(ImportError) -> HashAlgorithm {
        switch number {
        case 0, 1: return .sha1
        case 2: return .sha256
        case 3: return .sha512
        default: throw ImportError("an entry with another hash than SHA1, SHA256 and SHA512")
        }
    }

    private static func digits(_ number: UInt64) throws(ImportError) -> Int {
        switch number {
        case 0, 1: return 6
        case 2: return 8
        default: throw ImportError("an entry with neither 6 nor 8 digits")
        }
    }
}

/// Which pictures of which exports there are.
struct MigrationBatches {
    private var found: [UInt64: (size: UInt64, indexes: Set<UInt64>)] = [:]

    mutating func note(_ payload: MigrationPayload) {
        guard payload.batchSize > 1 else { return }
        let indexes = found[payload.batchID]?.indexes ?? []
        found[payload.batchID] = (payload.batchSize, indexes.union([payload.batchIndex]))
    }

    /// An error for each picture that is not there: somebody's entry would be missing without a word.
    var missing: [ImportError] {
        found.sorted { $0.key < $1.key }.flatMap { _, batch in
            (0..<batch.size).filter { !batch.indexes.contains($0) }.map {
                ImportError("picture \($0 + 1) of \(batch.size) of the export is missing; give all of them")
            }
        }
    }
}

/// Decodes base64 (RFC 4648 sections 4 and 5), in which characters may be percent-encoded, as they are in an address.
func decodeBase64(_ text: Span<UInt8>) throws(ImportError) -> SecretBytes {
    let damaged = ImportError("the export is not base64")
    var bytes = SecretBytes(capacity: text.count)
    var held: UInt32 = 0
    var bits = 0
    var padded = false
    var index = 0
    while index < text.count {
        var character = text[index]
        index += 1
        if character == UInt8(ascii: "%") {
            guard index + 1 < text.count, let high = hexadecimal(text[index]), let low = hexadecimal(text[index + 1])
            else { throw damaged }
            character = high << 4 | low
            index += 2
        }
        if character == UInt8(ascii: "=") {
            padded = true
            continue
        }
        guard !padded, let value = base64Value(of: character) else { throw damaged }
        held = (held << 6 | value) & 0xFFFF
        bits += 6
        if bits >= 8 {
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
        }
    }
    // A last character alone holds no byte; what is left over is zero.
    guard bits < 6, held & ((1 << UInt32(bits)) - 1) == 0 else { throw damaged }
    return bytes
}

private func base64Value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
}
