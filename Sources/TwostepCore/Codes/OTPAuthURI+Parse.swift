internal import Crypto

extension OTPAuthURI {
    /// Reads a URI, as an admin imports it or a person pastes it.
    ///
    /// - Scheme, type, algorithm and the names of parameters may be in either case.
    /// - Unknown parameters are ignored, and so is the one of `period` and `counter` that the type does not have.
    ///   A parameter that counts may stand once only, since apps would not agree on which of two is meant.
    /// - Where label and parameter name different issuers, the parameter counts: the format says that they should
    ///   be equal, and keeps the label's for apps that do not know the parameter. An empty parameter names none.
    /// - Left out, the algorithm is SHA1, there are 6 digits and the period is 30 s.
    ///
    /// - Parameter text: at most 2,048 bytes.
    /// - Throws: the `URIError` that names what is wrong with it.
    package static func parse(_ text: Span<UInt8>) throws(URIError) -> OTPAuthURI {
        guard text.count <= longestText else { throw .tooLong }
        for index in text.indices where text[index] < 0x20 || text[index] == 0x7f || text[index] == UInt8(ascii: "#") {
            throw .badEncoding
        }
        let scheme = 10
        guard text.count >= scheme, equals(text.extracting(first: scheme), "otpauth://") else { throw .notOTPAuth }
        let rest = text.extracting(droppingFirst: scheme)
        let question = position(of: UInt8(ascii: "?"), in: rest) ?? rest.count
        let path = rest.extracting(first: question)
        let query = rest.extracting(droppingFirst: min(question + 1, rest.count))
        let slash = position(of: UInt8(ascii: "/"), in: path) ?? path.count
        let type = path.extracting(first: slash)
        let counterBased = equals(type, "hotp")
        guard counterBased || equals(type, "totp") else { throw .badKind }
        let name = try readLabel(path.extracting(droppingFirst: min(slash + 1, path.count)))
        return try OTPAuthURI(
            secret: readSecret(query), issuer: readIssuer(query, label: name.issuer), account: name.account,
            algorithm: readAlgorithm(query), digits: readDigits(query),
            kind: counterBased ? .hotp(counter: readCounter(query)) : .totp(period: readPeriod(query)))
    }

    /// Reads a label: an account, or an issuer, a colon (written as it is or encoded), spaces and an account.
    private static func readLabel(_ encoded: Span<UInt8>) throws(URIError) -> (issuer: [UInt8], account: [UInt8]) {
        let label = try PercentEncoding.decode(encoded)
        let text = label.bytes
        guard text.count > 0 else { throw .badLabel }
        var issuer: [UInt8] = []
        var start = 0
        if let colon = position(of: UInt8(ascii: ":"), in: text) {
            let prefix = text.extracting(first: colon)
            guard isName(prefix) else { throw .badIssuer }
            issuer = prefix.array
            start = colon + 1
        }
        while start < text.count, text[start] == UInt8(ascii: " ") { start += 1 }
        let account = text.extracting(droppingFirst: start)
        guard position(of: UInt8(ascii: ":"), in: account) == nil else { throw .badLabel }
        return (issuer, account.array)
    }

    private static func readIssuer(_ query: Span<UInt8>, label: [UInt8]) throws(URIError) -> [UInt8] {
        guard let text = try parameter("issuer", in: query), text.count > 0 else { return label }
        return text.bytes.array
    }

    private static func readSecret(_ query: Span<UInt8>) throws(URIError) -> SecretBytes {
        guard let text = try parameter("secret", in: query) else { throw .missingSecret }
        do throws(CodeError) { return try Base32.decode(text.bytes) } catch { throw .badSecret }
    }

    private static func readAlgorithm(_ query: Span<UInt8>) throws(URIError) -> HashAlgorithm {
        guard let text = try parameter("algorithm", in: query) else { return .sha1 }
        for algorithm in HashAlgorithm.allCases where equals(text.bytes, algorithm.text) { return algorithm }
        throw .badAlgorithm
    }

    private static func readDigits(_ query: Span<UInt8>) throws(URIError) -> Int {
        guard let text = try parameter("digits", in: query) else { return 6 }
        guard let digits = decimal(text.bytes).flatMap(Int.init(exactly:)) else { throw .badDigits }
        return digits
    }

    private static func readPeriod(_ query: Span<UInt8>) throws(URIError) -> Int {
        guard let text = try parameter("period", in: query) else { return 30 }
        guard let period = decimal(text.bytes).flatMap(Int.init(exactly:)) else { throw .badPeriod }
        return period
    }

    private static func readCounter(_ query: Span<UInt8>) throws(URIError) -> UInt64 {
        guard let text = try parameter("counter", in: query) else { throw .missingCounter }
        guard let counter = decimal(text.bytes) else { throw .badCounter }
        return counter
    }

    /// The decoded value of the parameter `name`; nil where the query has none of that name.
    private static func parameter(_ name: StaticString, in query: Span<UInt8>) throws(URIError) -> SecretBytes? {
        var found: SecretBytes?
        var start = 0
        while start < query.count {
            let rest = query.extracting(droppingFirst: start)
            let part = rest.extracting(first: position(of: UInt8(ascii: "&"), in: rest) ?? rest.count)
            start += part.count + 1
            let equalsSign = position(of: UInt8(ascii: "="), in: part) ?? part.count
            guard equals(part.extracting(first: equalsSign), name) else { continue }
            guard found == nil else { throw .duplicate }
            found = try PercentEncoding.decode(part.extracting(droppingFirst: min(equalsSign + 1, part.count)))
        }
        return found
    }

    /// A number in decimal digits and nothing else; nil where it is none or does not fit into 64 bits.
    private static func decimal(_ text: Span<UInt8>) -> UInt64? {
        guard text.count > 0 else { return nil }
        var value: UInt64 = 0
        for index in text.indices {
            guard isDigit(text[index]) else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(text[index] - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// Where `byte` stands first.
    private static func position(of byte: UInt8, in text: Span<UInt8>) -> Int? {
        for index in text.indices where text[index] == byte { return index }
        return nil
    }

    /// Whether `text` is `literal`, which is in ASCII, letters in either case being the same.
    private static func equals(_ text: Span<UInt8>, _ literal: StaticString) -> Bool {
        var index = 0
        for expected in [UInt8](text: literal) {
            guard index < text.count, text[index].lowercased == expected.lowercased else { return false }
            index += 1
        }
        return index == text.count
    }
}

extension Span<UInt8> {
    /// A copy on the heap, for bytes that are no secret.
    fileprivate var array: [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(count)
        for index in indices { array.append(self[index]) }
        return array
    }
}
