package import Crypto
internal import TwostepCore

/// pam_oath's users file, as liboath reads it (`usersfile.c`): a line for each token with its type, the user's name, a
/// PIN, the key in hexadecimal digits and, once it was used, the counter, the last code and when that was.
///
/// liboath passes over lines that it does not understand. Here they are errors, but for empty ones and those with `#` in
/// front: a line passed over would be somebody locked out.
package enum OATHUsersFile {
    /// The largest file that is read, in bytes: room for 100,000 users.
    package static let sizeLimit = 16 << 20
    /// How far from now, in steps, the last code of a timed token is looked for.
    static let lastCodeReach: Int64 = 40

    /// Reads the file.
    ///
    /// - Parameter now: seconds since the epoch.
    /// - Returns: one value for each user, in the order in which the file first names them. What is against one of them
    ///   alone stands in their `problem`.
    /// - Throws: every line that is malformed; nothing of the file counts then.
    package static func parse(
        _ text: Span<UInt8>, now: Int64, crypto: borrowing Libcrypto
    ) throws(ImportErrors) -> [ForeignUser] {
        guard text.count <= sizeLimit else { throw ImportErrors([ImportError("larger than 16 MiB")]) }
        var users: [ForeignUser] = []
        var places: [[UInt8]: Int] = [:]
        var errors: [ImportError] = []
        for (index, line) in Lines.of(text).enumerated() {
            let words = Lines.words(line, text)
            guard let first = words.first, text[first.lowerBound] != UInt8(ascii: "#") else { continue }
            do throws(ImportError) {
                let fields = try OATHLine(text, words)
                let place = places[fields.user] ?? users.count
                if place == users.count {
                    users.append(ForeignUser(name: fields.user))
                    places[fields.user] = place
                }
                try fields.add(to: &users[place], now: now, crypto: crypto)
            } catch {
                errors.append(ImportError(line: index + 1, error.text))
            }
        }
        guard errors.isEmpty else { throw ImportErrors(errors) }
        return users
    }
}

/// All that is wrong with a file.
package struct ImportErrors: Error, Equatable, Sendable {
    package let errors: [ImportError]

    package init(_ errors: [ImportError]) { self.errors = errors }
}

/// One line of a users file.
struct OATHLine: ~Copyable {
    let user: [UInt8]
    private let form: Form
    private let secret: SecretBytes
    private let pin: PIN
    private let counter: Int64
    /// The last code that was accepted; empty where there is none.
    private let lastCode: [UInt8]

    private struct Form {
        let kind: Token.Kind
        let digits: Int
        let period: Int
    }

    private enum PIN { case none, external, some }

    init(_ text: Span<UInt8>, _ words: [Range<Int>]) throws(ImportError) {
        guard let type = words.first, let form = OATHLine.form(text.array(type)) else {
            throw ImportError("not a type that pam_oath knows: HOTP/E or HOTP/T30 and the like")
        }
        guard words.count >= 4 else { throw ImportError("type, user, PIN and key are not all there") }
        guard words.count <= 7 else { throw ImportError("more than seven fields") }
        let secret = try OATHLine.decodeKey(text.extracting(words[3]))
        let counter = words.count > 4 ? text.array(words[4]).number() : 0
        guard let counter, counter < Token.counterLimit else {
            throw ImportError("the counter is no number, or too large")
        }
        let lastCode = words.count > 5 ? text.array(words[5]) : []
        guard lastCode.isEmpty || (lastCode.count == form.digits && lastCode.allSatisfy { (0x30...0x39).contains($0) })
        else { throw ImportError("the last code is not one of \(form.digits) digits") }
        self.form = form
        user = text.array(words[1])
        pin = text.has(words[2], "-") ? .none : text.has(words[2], "+") ? .external : .some
        self.secret = secret
        self.counter = counter
        self.lastCode = lastCode
    }

    private static func form(_ type: [UInt8]) -> Form? {
        let parts = type.parts(separatedBy: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        guard parts.first == "HOTP", parts.count <= 3 else { return nil }
        let digits = parts.count == 3 ? Int(parts[2]) ?? 0 : 6
        // `HOTP/E/5` and the like are not known to pam_oath either.
        guard HOTP.digitsRange.contains(digits), parts.count < 3 || parts[2].count == 1 else { return nil }
        switch parts.count == 1 ? "E" : parts[1] {
        case "E": return Form(kind: .hotp, digits: digits, period: 30)
        case "T30": return Form(kind: .totp, digits: digits, period: 30)
        case "T60": return Form(kind: .totp, digits: digits, period: 60)
        default: return nil
        }
    }

    private static func decodeKey(_ text: Span<UInt8>) throws(ImportError) -> SecretBytes {
        guard text.count % 2 == 0 else { throw ImportError("the key has an odd number of hexadecimal digits") }
        var bytes = SecretBytes(capacity: text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = hexadecimal(text[index]), let low = hexadecimal(text[index + 1]) else {
                throw ImportError("the key is not in hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// Puts the token into what is known of its user.
    func add(to user: inout ForeignUser, now: Int64, crypto: borrowing Libcrypto) throws(ImportError) {
        let floor = try floor(now: now, crypto: crypto)
        do throws(ImportError) {
            user.add(
                try ForeignToken(
                    secret: secret.copy(), kind: form.kind, digits: form.digits, period: form.period, floor: floor))
        } catch {
            // A key that is too short is this user's trouble alone.
            user.problem = error
            return
        }
        switch form.kind {
        case .hotp: user.carriedOver.append(Note("counter", "the next counter value, \(floor)"))
        case .totp:
            if !lastCode.isEmpty { user.carriedOver.append(Note("used-codes", "the last code that was used")) }
            if counter != 0 {
                user.notCarriedOver.append(
                    Note("counter", "counter \(counter): pam_oath does not use it for timed codes"))
            }
        }
        switch pin {
        case .none: break
        case .external:
            user.notCarriedOver.append(Note("pin", "PIN +, checked elsewhere: the code is typed without it here"))
        case .some: user.notCarriedOver.append(Note("pin", "PIN: the code is typed without it here"))
        }
    }

    /// Where codes begin to count. liboath notes the value at which the last code matched, not the one after it, and for
    /// timed codes the last code alone: which step that was is found out by computing.
    private func floor(now: Int64, crypto: borrowing Libcrypto) throws(ImportError) -> Int64 {
        guard !lastCode.isEmpty else { return form.kind == .hotp ? counter : 0 }
        switch form.kind {
        case .hotp: return try isLastCode(at: counter, crypto) ? counter + 1 : counter
        case .totp:
            let step = TOTP.step(at: now, period: form.period)
            var floor: Int64 = 0
            for moment in max(step - OATHUsersFile.lastCodeReach, 0)...max(step + OATHUsersFile.lastCodeReach, 0)
            where try isLastCode(at: moment, crypto) {
                floor = moment + 1
            }
            return floor
        }
    }

    private func isLastCode(at moment: Int64, _ crypto: borrowing Libcrypto) throws(ImportError) -> Bool {
        guard secret.count > 0, moment >= 0 else { return false }
        do throws(CryptoError) {
            let code = try HOTP.code(
                key: secret.bytes, counter: UInt64(moment), algorithm: .sha1, digits: form.digits, crypto: crypto)
            return equalInConstantTime(code.bytes, lastCode.span)
        } catch {
            throw ImportError("libcrypto computes no code")
        }
    }
}

/// The value of a hexadecimal digit.
func hexadecimal(_ digit: UInt8) -> UInt8? {
    switch digit.lowercased {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit.lowercased - UInt8(ascii: "a") + 10
    default: nil
    }
}
