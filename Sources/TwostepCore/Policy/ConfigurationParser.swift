package import Crypto

extension Configuration {
    /// Reads `name = value` lines and `#` comments; blank lines are skipped. A name may be set once.
    ///
    /// - Parameter address: reads numeric network addresses.
    /// - Throws: the first line that is not understood; no line is ever passed over.
    package static func parse(
        _ text: [UInt8], address: Rule.AddressReader
    ) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        // A bit for each.
        var seen: UInt64 = 0
        var number = 0
        for line in text.parts(separatedBy: 0x0A) {
            number += 1
            guard line.count <= 1024 else { throw ConfigurationError(line: number, problem: .tooLong) }
            for byte in line where byte < 0x20 && byte != 0x09 || byte == 0x7F {
                throw ConfigurationError(line: number, problem: .controlCharacter)
            }
            let content = line.trimmed
            guard let first = content.first, first != 0x23 else { continue }
            guard let equals = content.firstIndex(of: 0x3D) else {
                throw ConfigurationError(line: number, problem: .noEqualsSign)
            }
            let name = Array(content[0..<equals]).trimmed
            let value = Array(content[(equals + 1)...]).trimmed
            let setting = try find(name, line: number)
            let bit: UInt64 = 1 << UInt64(setting.rawValue)
            guard seen & bit == 0 else {
                throw ConfigurationError(line: number, problem: .repeated, name: name)
            }
            seen |= bit
            var word: [UInt8] = []
            guard configuration.set(setting, to: value, address, wrong: &word) else {
                if word.isEmpty { word = value }
                throw ConfigurationError(line: number, problem: .badValue, name: name, expected: setting, word: word)
            }
        }
        return configuration
    }

    private static func find(_ name: [UInt8], line: Int) throws(ConfigurationError) -> Setting {
        for setting in Setting.allCases where name.equals(setting.name) { return setting }
        for known in settingsToCome where name.equals(known) {
            throw ConfigurationError(line: line, problem: .notAvailable, name: name)
        }
        throw ConfigurationError(line: line, problem: .unknownName, name: name)
    }

    /// Sets one value; false, with nothing changed, where it is not a good one.
    private mutating func set(
        _ setting: Setting, to value: [UInt8], _ address: Rule.AddressReader, wrong word: inout [UInt8]
    ) -> Bool {
        switch setting {
        case .store: return assign(&store, Self.path(value))
        case .key: return assign(&key, Self.path(value))
        case .issuer: return assign(&issuer, Self.issuer(value))
        case .algorithm: return assign(&algorithm, Self.algorithm(value))
        case .digits: return assign(&digits, Self.number(value, in: HOTP.digitsRange))
        case .period: return assign(&period, Self.number(value, in: TOTP.periodRange))
        case .window: return assign(&rules.window, Self.number(value, in: 0...Int(VerificationRules.largestWindow)))
        case .required:
            required = value.equals("all") ? [.everybody] : []
            // Where somebody comes from does not make them need a second step; see docs/policy.md.
            return !required.isEmpty || Self.take(value, into: &required, address, last: .service, wrong: &word)
        case .exempt: return Self.take(value, into: &exempt, address, last: .network, wrong: &word)
        case .enrollBy:
            enrollBy = Day(value)
            return enrollBy != nil || value.equals("no")
        case .sshKeyTouch: return assign(&securityKeyServices, Self.securityKeyServices(value))
        case .remember: return assign(&remember, Self.duration(value))
        case .tries: return assign(&tries, Self.number(value, in: 1...5))
        case .deny: return assign(&rules.deny, Self.number(value, in: 1...100))
        case .unlockTime: return assign(&rules.unlockTime, Self.number(value, in: 1...86_400))
        case .enrollAtLogin: return assign(&enrollAtLogin, Self.enrolment(value))
        case .explain: return assign(&explain, Self.choice(value, yes: "yes", no: "no"))
        case .qr: return assign(&qr, Self.qrStyle(value))
        case .backupCodes: return assign(&backupCodes, Self.number(value, in: 0...BackupCodeSet.limit))
        case .bcryptCost: return assign(&bcryptCost, Self.number(value, in: 10...16))
        // Not a login's business: `Notices` judges them.
        case .mail, .mailCommand, .mailAdmin, .notify, .recovery, .recoveryURL, .recoveryQuestions, .deliverCommand:
            return true
        }
    }

    /// Reads a list of one rule or more, up to the kind `last`; `none` is an empty one.
    @inline(never)
    private static func take(
        _ value: [UInt8], into rules: inout [Rule], _ address: Rule.AddressReader, last: Rule.Kind,
        wrong: inout [UInt8]
    ) -> Bool {
        if value.equals("none") { return true }
        for word in Rule.words(value) ?? [] {
            guard let rule = Rule(word, address: address), rule.kind.rawValue <= last.rawValue else {
                wrong = word
                return false
            }
            rules.append(rule)
        }
        return !rules.isEmpty
    }

    private func assign<T>(_ place: inout T, _ value: T?) -> Bool {
        guard let value else { return false }
        place = value
        return true
    }

    private static func path(_ value: [UInt8]) -> [UInt8]? { isPlainPath(value) ? value : nil }

    /// A name for apps: 1 to 64 bytes without a colon; nil for anything else.
    package static func issuer(_ value: [UInt8]) -> [UInt8]? {
        // A colon separates issuer and account in what apps are given.
        (1...64).contains(value.count) && !value.contains(0x3A) ? value : nil
    }

    private static func number(_ value: [UInt8], in range: ClosedRange<Int>) -> Int? {
        guard let number = value.decimal, range.contains(number) else { return nil }
        return number
    }

    /// `no`, seconds, or a number of minutes, hours or days with `m`, `h` or `d` behind it.
    private static func duration(_ value: [UInt8]) -> Int? {
        if value.equals("no") { return 0 }
        var digits = value
        var unit = 1
        switch value.last {
        case 0x6D: unit = 60
        case 0x68: unit = 3600
        case 0x64: unit = 86_400
        default: break
        }
        if unit > 1 { digits.removeLast() }
        return number(digits, in: 1...(RememberedLogin.longest / unit)).map { $0 * unit }
    }

    private static func choice(_ value: [UInt8], yes: StaticString, no: StaticString) -> Bool? {
        value.equals(yes) ? true : value.equals(no) ? false : nil
    }

    /// `no`, or `enforced` and the names of services, at most eight; `enforced` alone means `sshd`.
    private static func securityKeyServices(_ value: [UInt8]) -> [[UInt8]]? {
        if value.equals("no") { return [] }
        guard let words = Rule.words(value), let first = words.first, first.equals("enforced"), words.count <= 9 else {
            return nil
        }
        return words.count == 1 ? [[UInt8](text: "sshd")] : Array(words.dropFirst())
    }

    private static func enrolment(_ value: [UInt8]) -> EnrolmentAtLogin? {
        value.equals("no") ? .no : value.equals("code") ? .code : value.equals("yes") ? .yes : nil
    }

    private static func qrStyle(_ value: [UInt8]) -> QRStyle? {
        value.equals("utf8") ? .utf8 : value.equals("ascii") ? .ascii : value.equals("none") ? QRStyle.none : nil
    }

    /// The hash named by `SHA1`, `SHA256` or `SHA512`, in any case.
    package static func algorithm(_ value: [UInt8]) -> HashAlgorithm? {
        var name = value
        for index in name.indices { name[index] = name[index].lowercased }
        return name.equals("sha1") ? .sha1 : name.equals("sha256") ? .sha256 : name.equals("sha512") ? .sha512 : nil
    }
}

/// Whether a path is absolute and every component can be walked: none empty, `.`, `..` or over 255 bytes.
package func isPlainPath(_ path: [UInt8]) -> Bool {
    guard path.first == 0x2F, (2...1023).contains(path.count), !path.contains(0) else { return false }
    for part in path.parts(separatedBy: 0x2F).dropFirst() {
        guard (1...255).contains(part.count), !part.equals("."), !part.equals("..") else { return false }
    }
    return true
}
