/// The names of the configuration file, in the order of the manual. This list is the only one: the parser, `init`'s
/// template and the check of the manual follow from it.
package enum Setting: UInt8, Sendable, CaseIterable {
    case store, key, issuer, algorithm, digits, period, window, required, exempt, enrollBy, enrollAtLogin, sshKeyTouch,
        remember, tries, deny,
        unlockTime, explain
    case qr, backupCodes, bcryptCost, mail, mailCommand, mailAdmin, notify, recovery, recoveryURL, recoveryQuestions,
        deliverCommand

    package var name: StaticString {
        switch self {
        case .store: "store"
        case .key: "key"
        case .issuer: "issuer"
        case .algorithm: "algorithm"
        case .digits: "digits"
        case .period: "period"
        case .window: "window"
        case .required: "required"
        case .exempt: "exempt"
        case .enrollBy: "enroll_by"
        case .enrollAtLogin: "enroll_at_login"
        case .sshKeyTouch: "ssh_key_touch"
        case .remember: "remember"
        case .tries: "tries"
        case .deny: "deny"
        case .unlockTime: "unlock_time"
        case .explain: "explain"
        case .qr: "qr"
        case .backupCodes: "backup_codes"
        case .bcryptCost: "bcrypt_cost"
        case .mail: "mail"
        case .mailCommand: "mail_command"
        case .mailAdmin: "mail_admin"
        case .notify: "notify"
        case .recovery: "recovery"
        case .recoveryURL: "recovery_url"
        case .recoveryQuestions: "recovery_questions"
        case .deliverCommand: "deliver_command"
        }
    }

    /// What the configuration file would say to mean what it means without the line.
    package var defaultText: StaticString {
        switch self {
        case .store: "/var/lib/twostep"
        case .key: "/etc/twostep/key"
        case .issuer: "the machine's name"
        case .algorithm: "SHA1"
        case .digits: "6"
        case .period: "30"
        case .window: "1"
        case .required: "all"
        case .exempt: "none"
        case .enrollBy: "no"
        case .sshKeyTouch: "no"
        case .remember: "no"
        case .tries: "1"
        case .deny: "5"
        case .unlockTime: "900"
        case .explain: "no"
        case .enrollAtLogin: "no"
        case .qr: "utf8"
        case .backupCodes: "10"
        case .bcryptCost: "12"
        case .mail: "no"
        case .mailCommand: "/usr/sbin/sendmail"
        case .mailAdmin: "no"
        case .notify: "owner admin"
        case .recovery: "no"
        case .recoveryURL: "no"
        case .recoveryQuestions: "/etc/twostep/questions"
        case .deliverCommand: "no"
        }
    }

    /// One line for the template that `twostep init` writes and for the manual.
    package var summary: StaticString {
        switch self {
        case .mail: "whether mail is sent: no, or the address that it is from"
        case .mailCommand: "program with sendmail's interface: an absolute path, then options"
        case .mailAdmin: "who gets the administrators' mail: no, an address or a local user"
        case .notify: "which events mail whom: none, or owner, admin, owner:EVENT, admin:EVENT"
        case .recovery: "whether people get back in by mail: no, email"
        case .recoveryURL: "what the token follows in the mail's link: no, or https://... that ends in / ? # or ="
        case .recoveryQuestions: "file of the security questions, one a line: an absolute path"
        case .deliverCommand: "program that sends one-time codes to people: no, or an absolute path, then options"
        default: summaryInLogins
        }
    }

    /// The same of settings that a login judges: the others' would be in the module for nothing.
    var summaryInLogins: StaticString {
        switch self {
        case .store: "folder of the records: an absolute path without a slash at its end"
        case .key: "file of the master key: an absolute path"
        case .issuer: "name of this site in people's authenticator apps"
        case .algorithm: "hash for new tokens: SHA1, SHA256, SHA512"
        case .digits: "digits of new tokens, 6 to 8"
        case .period: "seconds per code of new tokens, 15 to 120"
        case .window: "time steps either side of now whose codes count, 0 to 10"
        case .required: "who must have a second step: all, none, or user:NAME group:NAME service:NAME ..."
        case .exempt: "who is not asked: none, or user:NAME group:NAME service:NAME net:ADDRESS/BITS ..."
        case .enrollBy: "last day, by UTC, on which who must have one passes without: no, or YYYY-MM-DD"
        case .sshKeyTouch: "whether security keys count over SSH: no, enforced, or enforced and names of services"
        case .remember:
            "how long a code is enough for the same service, source and session: no, seconds, or 30m, 12h, 7d; at most 30d"
        case .tries: "how often the code is asked for in one conversation, 1 to 5"
        case .deny: "wrong codes in a row that close the door to single codes from their source, 1 to 100"
        case .unlockTime: "seconds it stays closed the first time, 1 to 86400; doubles up to a day"
        case .enrollAtLogin:
            "let people enrol at a login: no, code (with a code of twostep invite), yes (the password is enough)"
        case .explain: "tell the person why they were refused: yes, no"
        case .qr: "how the QR code is drawn: utf8, ascii, none"
        case .backupCodes: "how many backup codes a person gets, 0 to 10"
        case .bcryptCost: "cost of hashing backup codes, 10 to 16"
        case .mail, .mailCommand, .mailAdmin, .notify, .recovery, .recoveryURL, .recoveryQuestions, .deliverCommand:
            ""
        }
    }
}

/// Names that are documented for the configuration file but not built yet: refused by name, never ignored, so that
/// nobody believes in a rule that does not hold.
package var settingsToCome: [StaticString] {
    ["key_source"]
}
