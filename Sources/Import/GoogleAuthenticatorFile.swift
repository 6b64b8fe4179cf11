internal import Crypto
internal import TwostepCore

/// What a `.google_authenticator` file says, as pam_google_authenticator reads it (google-authenticator-libpam, FILEFORMAT
/// and source): the key in base32 on the first line, then options, `" NAME values`, and scratch codes of eight digits.
package enum GoogleAuthenticatorFile {
    /// The largest file that is read, in bytes; the real ones have a few hundred.
    package static let sizeLimit = 65_536

    /// Reads one file.
    ///
    /// - Parameters:
    ///   - window: the site's: how many steps either side count here.
    ///   - now: seconds since the epoch.
    /// - Throws: what is wrong with the file; nothing of it counts then.
    package static func parse(_ text: Span<UInt8>, window: Int, now: Int64) throws(ImportError) -> ForeignUser {
        guard text.count <= sizeLimit else { throw ImportError("larger than 64 KiB") }
        let lines = Lines.of(text)
        guard let first = lines.first, !first.isEmpty else { throw ImportError("the file is empty") }
        let secret = try decodeKey(text.extracting(first))
        let options = try GoogleAuthenticatorOptions(text, lines)
        var user = ForeignUser()
        let token = try token(secret, options, now: now, &user)
        user.add(token)
        explain(options, window: window, &user)
        return user
    }

    private static func token(
        _ secret: consuming SecretBytes, _ options: GoogleAuthenticatorOptions, now: Int64, _ user: inout ForeignUser
    ) throws(ImportError) -> ForeignToken {
        // It looks at the counter first.
        if let counter = try options.counter() {
            user.carriedOver.append(Note("counter", "the next counter value, \(counter)"))
            if options.has("TOTP_AUTH") {
                user.notCarriedOver.append(Note("totp-auth", "TOTP_AUTH: a file with a counter has counted codes"))
            }
            return try ForeignToken(secret: secret, kind: .hotp, floor: counter)
        }
        guard options.has("TOTP_AUTH") else {
            throw ImportError("neither TOTP_AUTH nor a HOTP_COUNTER above 0: it accepts no code of an app")
        }
        let period = try options.stepSize()
        let skew = try options.skew()
        let step = TOTP.step(at: now, period: period)
        let floor = try floor(options, step: step, skew: skew, &user)
        return try ForeignToken(
            secret: secret, kind: .totp, period: period, floor: floor, drift: drift(skew, period, &user))
    }

    /// Where codes begin to count: after those that were used there. Where it does not note all of them, the one of this
    /// moment may have been.
    private static func floor(
        _ options: GoogleAuthenticatorOptions, step: Int64, skew: Int64, _ user: inout ForeignUser
    ) throws(ImportError) -> Int64 {
        let present = max(min(step &+ skew, Token.counterLimit - 1), 0)
        let used = try options.usedSteps()
        // What lies further off than its widest window blocks nothing there, and must not here.
        let near = used?.filter { $0 >= 0 && $0 <= present + 100 } ?? []
        var floor = (near.max() ?? -1) + 1
        if let used, !used.isEmpty {
            user.carriedOver.append(Note("used-codes", "DISALLOW_REUSE: the codes used up to now"))
        }
        if used == nil || skew != 0 {
            floor = max(floor, present + 1)
            user.carriedOver.append(
                Note("used-codes", "the codes up to the present one count as used, as not all uses were noted"))
        }
        return floor
    }

    private static func drift(_ skew: Int64, _ period: Int, _ user: inout ForeignUser) -> Int8 {
        guard skew != 0 else { return 0 }
        let way = skew > 0 ? "ahead" : "behind"
        guard let drift = Int8(exactly: skew), Token.driftRange.contains(drift) else {
            user.notCarriedOver.append(
                Note(
                    "time-skew",
                    "TIME_SKEW: the device's clock is \(skew.magnitude) steps of \(period) s \(way), further than is"
                        + " followed here; no code counts until it is set right"))
            return 0
        }
        user.carriedOver.append(Note("time-skew", "TIME_SKEW: the device's clock is \(skew.magnitude) steps \(way)"))
        return drift
    }

    /// What is left behind, and why.
    private static func explain(_ options: GoogleAuthenticatorOptions, window: Int, _ user: inout ForeignUser) {
        if options.scratchCodes > 0 {
            user.notCarriedOver.append(
                Note(
                    "scratch-codes",
                    "\(options.scratchCodes) scratch codes: eight digits can be guessed in a year;"
                        + " --backup-codes gives new ones"))
        }
        if let values = options.values("RATE_LIMIT") {
            let numbers = values.prefix(2).compactMap { $0.number() }
            let was = numbers.count == 2 ? "\(numbers[0]) logins in \(numbers[1]) s" : "unreadable"
            user.notCarriedOver.append(Note("rate-limit", "RATE_LIMIT, \(was): this site's deny and unlock_time count"))
        }
        if let values = options.values("WINDOW_SIZE"), let size = values.first?.number(), (1...100).contains(size) {
            let isTimed = user.tokens.first?.kind == .totp
            user.notCarriedOver.append(
                Note(
                    "window-size",
                    isTimed
                        ? "WINDOW_SIZE, \(size / 2) steps either side: this site's window counts, \(window)"
                        : "WINDOW_SIZE, \(size) counter values: \(VerificationRules.lookAhead) are looked at here"))
        } else if options.has("WINDOW_SIZE") {
            user.notCarriedOver.append(Note("window-size", "WINDOW_SIZE, unreadable: this site's window counts"))
        }
        for (name, key, why) in leftovers where options.has(key) { user.notCarriedOver.append(Note(name, why)) }
        if user.tokens.first?.kind == .hotp {
            for (name, key) in timed where options.has(key) {
                user.notCarriedOver.append(Note(name, "\(key): counted codes have no time"))
            }
        }
        if options.lastLogins > 0 {
            user.notCarriedOver.append(
                Note("last-logins", "LAST0 and so on: no login is taken on trust for an earlier one here"))
        }
        for name in options.unknown {
            user.notCarriedOver.append(Note("unknown-option", "\(name): not an option that is known"))
        }
    }

    private static let leftovers: [(String, StaticString, String)] = [
        (
            "resetting-time-skew", "RESETTING_TIME_SKEW",
            "RESETTING_TIME_SKEW: a device whose clock is off types two codes in a row here"
        )
    ]
    private static let timed: [(String, StaticString)] = [
        ("disallow-reuse", "DISALLOW_REUSE"), ("step-size", "STEP_SIZE"), ("time-skew", "TIME_SKEW"),
    ]

    /// The key as it reads it: base32, in which spaces and dashes count nowhere, 0, 1 and 8 are the letters that they
    /// look like, and bits behind the last whole byte are dropped. That is more than RFC 4648 allows.
    private static func decodeKey(_ line: Span<UInt8>) throws(ImportError) -> SecretBytes {
        var bytes = SecretBytes(capacity: line.count * 5 / 8)
        var held: UInt32 = 0
        var bits = 0
        for index in line.indices where !line[index].isBlank && line[index] != 0x2D && line[index] != 0x0D {
            guard let value = value(of: line[index].lowercased) else {
                throw ImportError(line: 1, "the key is not base32: not a file of google-authenticator")
            }
            held = held << 5 | value
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
                held &= (1 << UInt32(bits)) - 1
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "0"): 14  // O
        case UInt8(ascii: "1"): 11  // L
        case UInt8(ascii: "8"): 1  // B
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt32(character - UInt8(ascii: "2")) + 26
        default: nil
        }
    }
}
