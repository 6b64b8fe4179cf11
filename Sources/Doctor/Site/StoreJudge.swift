package import TwostepCore

/// What a look at a store found, without any secret.
package struct StoreLook: Sendable {
    /// One record, or a uid that the index names.
    package struct Entry: Sendable {
        package let uid: UInt32
        /// The account's name; nil where no account has the uid.
        package let user: String?
        /// Why it cannot be used.
        package let problem: StoreError?
        package let isInIndex: Bool
        package let isDamaged: Bool
        /// From when on the codes of tokens count that a wrong clock has put far ahead; empty where there are none.
        package let aheadUntil: [String]
        package let digits: [Int]

        package init(
            uid: UInt32, user: String?, problem: StoreError? = nil, isInIndex: Bool = true, isDamaged: Bool = false,
            aheadUntil: [String] = [], digits: [Int] = []
        ) {
            self.uid = uid
            self.user = user
            self.problem = problem
            self.isInIndex = isInIndex
            self.isDamaged = isDamaged
            self.aheadUntil = aheadUntil
            self.digits = digits
        }

        var name: String { user ?? "uid \(uid)" }
    }

    package var entries: [Entry]
    /// What is wrong with marker and index.
    package var troubles: [StoreError]
    /// Decoys that are not there, or cannot be used.
    package var decoysMissing: Int
    /// Names of files that are none of ours.
    package var strays: [String]

    package init(entries: [Entry] = [], troubles: [StoreError] = [], decoysMissing: Int = 0, strays: [String] = []) {
        self.entries = entries
        self.troubles = troubles
        self.decoysMissing = decoysMissing
        self.strays = strays
    }
}

/// Key, store and records.
package enum StoreJudge {
    /// A trouble with configuration, key or store, where it is, and what to do.
    package static func finding(_ error: StoreError, _ configuration: Configuration, configurationPath: String)
        -> Finding
    {
        let store = String(decoding: configuration.store, as: UTF8.self)
        let key = String(decoding: configuration.key, as: UTF8.self)
        let reason = "\(error.reason.text)"
        let cause = String(decoding: error.cause, as: UTF8.self)
        let check = Check(rawValue: reason) ?? .storeUnreadable
        let said = cause.isEmpty ? "" : " (\(cause))"
        let everybody = "; everybody is refused"
        let ownership = "it and every folder above must be root's, no link, writable by root only: namei -lx"
        switch error.reason {
        case .configInvalid:
            let place = configurationPlace(cause, configurationPath)
            return Finding(
                check, "\(place.rest)\(everybody)", at: place.place, cure: "correct the line; twostep.conf(5)")
        case .configMissing:
            return Finding(
                check, "there is no such file\(everybody)", at: Place(configurationPath),
                cure: "put it there, or correct config= in the service file")
        case .configUnsafe, .configUnreadable:
            return Finding(
                check, "the configuration cannot be trusted\(said)\(everybody)", at: Place(configurationPath),
                cure: "\(ownership) \(configurationPath)")
        case .keyMissing:
            return Finding(
                check, "there is no key\(everybody)", at: Place(key),
                cure: "twostep init; where people are enrolled already, put the key back from its copy")
        case .keyUnsafe:
            return Finding(
                check, "others may read or replace the key\(said)\(everybody)", at: Place(key),
                cure: "chown root: \(key); chmod 400 \(key); namei -lx \(key)")
        case .keyUnreadable, .keyInvalid:
            return Finding(
                check, "the key cannot be used\(said)\(everybody)", at: Place(key), cure: "put it back from its copy")
        case .cryptoUnavailable:
            return Finding(
                check, "libcrypto does not offer what is needed\(said)\(everybody)",
                cure: "look at openssl.cnf and the machine's FIPS settings")
        case .storeMissing:
            return Finding(
                .keyWithoutStore, "there is a key, and no store\(said)\(everybody)", at: Place(store),
                cure: "mount it or put it back; only where nobody ever enrolled: twostep init --new-store")
        case .storeUnsafe, .markerUnsafe, .indexUnsafe, .recordUnsafe:
            return Finding(
                check, "others may read or replace what is in the store\(said)", at: Place(store),
                cure: "chown -R root: \(store); chmod -R go= \(store); namei -lx \(store)/users")
        case .markerMissing, .indexMissing:
            return Finding(
                check, "a part of the store is missing", at: Place(store),
                cure: "put the whole store back from a backup; see troubleshooting.md, 'A part of the store is missing'"
            )
        case .unknownVersion:
            return Finding(check, "a newer twostep wrote this store\(said)", at: Place(store), cure: "upgrade")
        default:
            return Finding(
                check, "the store cannot be used\(said)", at: Place(store),
                cure: "troubleshooting.md says what \(reason) means")
        }
    }

    /// `FILE:LINE: what` of a configuration's error, taken apart.
    private static func configurationPlace(_ cause: String, _ path: String) -> (place: Place, rest: String) {
        guard cause.hasPrefix(path + ":") else { return (Place(path), cause) }
        let rest = cause.dropFirst(path.count + 1)
        let number = rest.prefix { $0.isNumber }
        let text = rest.dropFirst(number.count).drop { $0 == ":" || $0 == " " }
        return (Place(path, Int(number)), String(text))
    }

    package static func judge(_ look: StoreLook, _ configuration: Configuration, configurationPath: String) -> [Finding]
    {
        let store = String(decoding: configuration.store, as: UTF8.self)
        var findings = look.troubles.map { finding($0, configuration, configurationPath: configurationPath) }
        if look.decoysMissing > 0 {
            let what = look.decoysMissing == 1 ? "1 record of nobody is" : "\(look.decoysMissing) records of nobody are"
            findings.append(
                Finding(
                    .decoysMissing, "\(what) missing: logins of who has no record fail, and can be told",
                    at: Place(store + "/users"), cure: "remove those that are damaged, then: twostep init"))
        }
        if !look.strays.isEmpty {
            findings.append(
                Finding(
                    .storeStray, "what does not belong there: \(look.strays.map { printed(Array($0.utf8)) }.listed)",
                    at: Place(store + "/users"), cure: "move it elsewhere"))
        }
        guard isOtherKey(look) else { return findings + look.entries.flatMap { judge($0, store) } }
        findings.append(otherKey(look, at: Place(String(decoding: configuration.key, as: UTF8.self))))
        // Of records of nobody it is told all the same that they are nobody's.
        return findings
            + look.entries.filter { !$0.isUnderOtherKey || $0.user == nil }.flatMap { judge($0, store) }
    }

    private static func judge(_ entry: StoreLook.Entry, _ store: String) -> [Finding] {
        let place = Place("\(store)/users/\(entry.uid)")
        var findings: [Finding] = []
        if entry.user == nil {
            findings.append(
                Finding(
                    .noAccount, "no account has the uid \(entry.uid), and its record waits for the next that gets it",
                    at: place, cure: "if the account is gone: rm \(place.file)"))
        }
        if let problem = entry.problem {
            // A record of nobody that cannot be opened is told once.
            if entry.user != nil { findings.append(finding(problem, entry, place)) }
            return findings
        }
        if !entry.isInIndex {
            findings.append(
                Finding(
                    .recordNotInIndex, "\(entry.name) has a record that the index does not name: a restore, or a crash",
                    at: place, cure: "if it is the right record: move it away, and enrol \(entry.name) again"))
        }
        if entry.isDamaged {
            findings.append(
                Finding(
                    .slotDamaged, "one half of \(entry.name)'s record is damaged; the other serves", at: place,
                    cure: "the next login writes it anew; find out why the disk loses data"))
        }
        for time in entry.aheadUntil {
            findings.append(
                Finding(
                    .tokensAhead, "no code of a token of \(entry.name)'s counts before \(time): the clock was ahead",
                    at: place, cure: "see that the clock is right, then: twostep token add \(entry.name)"))
        }
        return findings
    }

    private static func finding(_ problem: StoreError, _ entry: StoreLook.Entry, _ place: Place) -> Finding {
        let cause = String(decoding: problem.cause, as: UTF8.self)
        let said = cause.isEmpty ? "" : " (\(cause))"
        let check = Check(rawValue: "\(problem.reason.text)") ?? .recordUnreadable
        let restore = "put it back from a backup, or enrol again: troubleshooting.md, 'One person's record'"
        switch problem.reason {
        case .recordMissing:
            return Finding(
                .recordMissing, "\(entry.name) is enrolled, and the record is gone", at: place, cure: restore)
        case .recordUnsafe:
            return Finding(
                .recordUnsafe, "others may read or replace \(entry.name)'s record\(said)", at: place,
                cure: "chown root: \(place.file); chmod 600 \(place.file)")
        case .unknownVersion:
            return Finding(.otherVersion, "a newer twostep wrote \(entry.name)'s record", at: place, cure: "upgrade")
        default:
            return Finding(check, "\(entry.name)'s record cannot be used\(said)", at: place, cure: restore)
        }
    }
}
