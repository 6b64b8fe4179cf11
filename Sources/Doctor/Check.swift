/// What part of an installation a check looks at.
package enum Area: String, CaseIterable, Sendable {
    case installation, configuration, key, store, disk, records, clock, mail, pam, sshd, login, changes

    package var title: String {
        switch self {
        case .installation: "Module and service"
        case .configuration: "Configuration"
        case .key: "Key"
        case .store: "Store"
        case .disk: "Disk"
        case .records: "Records"
        case .clock: "Clock"
        case .mail: "Mail and hooks"
        case .pam: "PAM"
        case .sshd: "sshd"
        case .login: "login"
        case .changes: "Changes to PAM"
        }
    }
}

/// Everything that can be found. The names are stable; docs/doctor.md has a row for each, which a test sees to.
package enum Check: String, CaseIterable, Sendable {
    // Module and service.
    case moduleMissing = "module-missing"
    case moduleUnsafe = "module-unsafe"
    case moduleForeign = "module-foreign"
    case versionsDiffer = "versions-differ"
    case serviceDown = "service-down"
    case serviceUnsafe = "service-unsafe"
    case passwordFileMissing = "password-file-missing"
    case passwordFileOpen = "password-file-open"
    case passwordFileCode = "password-file-code"

    // Configuration.
    case configMissing = "config-missing"
    case configUnsafe = "config-unsafe"
    case configUnreadable = "config-unreadable"
    case configInvalid = "config-invalid"
    case requiredNone = "required-none"
    case nullokUnused = "nullok-unused"
    case requiredGroupUnknown = "required-group-unknown"
    case exemptGroupUnknown = "exempt-group-unknown"
    case requiredUserUnknown = "required-user-unknown"
    case exemptUserUnknown = "exempt-user-unknown"
    case requiredServiceUnknown = "required-service-unknown"
    case exemptServiceUnknown = "exempt-service-unknown"
    case enrollByPast = "enroll-by-past"
    case enrollByFar = "enroll-by-far"
    case touchServiceUnknown = "touch-service-unknown"
    case noBackupCodes = "no-backup-codes"
    case forwardPassDigits = "forward-pass-digits"
    case recoveryInvalid = "recovery-invalid"
    case recoveryNoMail = "recovery-no-mail"
    case recoveryQuestions = "recovery-questions"
    case recoveryUnheard = "recovery-unheard"

    // Key.
    case keyMissing = "key-missing"
    case keyUnsafe = "key-unsafe"
    case keyUnreadable = "key-unreadable"
    case keyInvalid = "key-invalid"
    case keyWithoutStore = "key-without-store"
    case keyInStore = "key-in-store"
    case keyRotationUnfinished = "key-rotation-unfinished"
    case cryptoUnavailable = "crypto-unavailable"

    // Store.
    case storeUnsafe = "store-unsafe"
    case storeUnreadable = "store-unreadable"
    case markerMissing = "marker-missing"
    case markerUnsafe = "marker-unsafe"
    case markerUnreadable = "marker-unreadable"
    case markerCorrupt = "marker-corrupt"
    case indexMissing = "index-missing"
    case indexUnsafe = "index-unsafe"
    case indexUnreadable = "index-unreadable"
    case indexCorrupt = "index-corrupt"
    case otherVersion = "unknown-version"
    case decoysMissing = "decoys-missing"
    case storeStray = "store-stray"

    // Disk.
    case diskReadOnly = "disk-read-only"
    case diskForgets = "disk-forgets"
    case diskCopies = "disk-copies"
    case diskRemote = "disk-remote"
    case diskUnknown = "disk-unknown"
    case diskFull = "disk-full"

    // Records.
    case recordMissing = "record-missing"
    case recordUnsafe = "record-unsafe"
    case recordUnreadable = "record-unreadable"
    case recordCorrupt = "record-corrupt"
    case recordsOtherKey = "records-other-key"
    case recordNotInIndex = "record-not-in-index"
    case slotDamaged = "slot-damaged"
    case noAccount = "no-account"
    case accountsUnavailable = "accounts-unavailable"
    case tokensAhead = "tokens-ahead"

    // Clock.
    case clockUnreadable = "clock-unreadable"
    case clockUnsynchronised = "clock-unsynchronised"

    // Mail and hooks.
    case mailInvalid = "mail-invalid"
    case eventsUnheard = "events-unheard"
    case mailProgramMissing = "mail-program-missing"
    case mailAdminUnknown = "mail-admin-unknown"
    case hookUnsafe = "hook-unsafe"
    case hookNotRun = "hook-not-run"
    case deliverInvalid = "deliver-invalid"
    case deliverProgram = "deliver-program"
    case deliverUnsafe = "deliver-unsafe"

    // PAM.
    case pamFileUnsafe = "pam-file-unsafe"
    case pamLineBroken = "pam-line-broken"
    case pamIncludeMissing = "pam-include-missing"
    case pamArgument = "pam-argument"
    case pamWrongStack = "pam-wrong-stack"
    case pamTwice = "pam-twice"
    case pamSkipped = "pam-skipped"
    case pamSkippedForSome = "pam-skipped-for-some"
    case pamMeaningless = "pam-meaningless"
    case pamNobody = "pam-nobody"
    case pamTooLarge = "pam-too-large"
    case pamCodeSuffices = "pam-code-suffices"
    case pamNoPassword = "pam-no-password"
    case pamAfterWrongPassword = "pam-after-wrong-password"
    case pamBeforePassword = "pam-before-password"
    case pamFirstPass = "pam-first-pass"
    case pamForwardPassLate = "pam-forward-pass-late"
    case pamNullokDenied = "pam-nullok-denied"
    case pamNothingAsked = "pam-nothing-asked"
    case pamSharedFile = "pam-shared-file"
    case pamSudoI = "pam-sudo-i"
    case pamOneField = "pam-one-field"
    case pamNowhere = "pam-nowhere"
    case pamOtherCode = "pam-other-code"

    // sshd.
    case sshdConfigInvalid = "sshd-config-invalid"
    case sshdPAMOff = "sshd-pam-off"
    case sshdKeyboardOff = "sshd-keyboard-off"
    case sshdPasswordOn = "sshd-password-on"
    case sshdKeyAlone = "sshd-key-alone"
    case sshdOtherMethods = "sshd-other-methods"
    case sshdMethodsOff = "sshd-methods-off"
    case sshdGraceTime = "sshd-grace-time"
    case sshdRootMethods = "sshd-root-methods"
    case sshdTouch = "sshd-touch"
    case sshdTouchMethods = "sshd-touch-methods"

    // login.
    case loginTimeout = "login-timeout"

    // Changes to PAM.
    case changeUnconfirmed = "change-unconfirmed"
    case changeEdited = "change-edited"
}

extension Check {
    package var area: Area {
        switch self {
        case .moduleMissing, .moduleUnsafe, .moduleForeign, .versionsDiffer, .serviceDown, .serviceUnsafe,
            .passwordFileMissing, .passwordFileOpen, .passwordFileCode:
            .installation
        case .configMissing, .configUnsafe, .configUnreadable, .configInvalid, .requiredNone, .nullokUnused,
            .requiredGroupUnknown, .exemptGroupUnknown, .requiredUserUnknown, .exemptUserUnknown,
            .requiredServiceUnknown, .exemptServiceUnknown, .enrollByPast, .enrollByFar, .touchServiceUnknown,
            .noBackupCodes, .forwardPassDigits, .recoveryInvalid, .recoveryNoMail, .recoveryQuestions, .recoveryUnheard:
            .configuration
        case .keyMissing, .keyUnsafe, .keyUnreadable, .keyInvalid, .keyWithoutStore, .keyInStore,
            .keyRotationUnfinished, .cryptoUnavailable:
            .key
        case .storeUnsafe, .storeUnreadable, .markerMissing, .markerUnsafe, .markerUnreadable,
            .markerCorrupt, .indexMissing, .indexUnsafe, .indexUnreadable, .indexCorrupt, .otherVersion,
            .decoysMissing, .storeStray:
            .store
        case .diskReadOnly, .diskForgets, .diskCopies, .diskRemote, .diskUnknown, .diskFull: .disk
        case .recordMissing, .recordUnsafe, .recordUnreadable, .recordCorrupt, .recordsOtherKey, .recordNotInIndex,
            .slotDamaged, .noAccount, .accountsUnavailable, .tokensAhead:
            .records
        case .clockUnreadable, .clockUnsynchronised: .clock
        case .mailInvalid, .eventsUnheard, .mailProgramMissing, .hookUnsafe, .hookNotRun, .deliverInvalid,
            .deliverProgram, .deliverUnsafe, .mailAdminUnknown:
            .mail
        case .pamFileUnsafe, .pamLineBroken, .pamIncludeMissing, .pamArgument, .pamWrongStack, .pamTwice, .pamSkipped,
            .pamSkippedForSome, .pamMeaningless, .pamNobody, .pamTooLarge, .pamCodeSuffices, .pamNoPassword,
            .pamAfterWrongPassword,
            .pamBeforePassword, .pamFirstPass, .pamForwardPassLate, .pamNullokDenied, .pamNothingAsked,
            .pamSharedFile, .pamSudoI, .pamOneField, .pamNowhere, .pamOtherCode:
            .pam
        case .sshdConfigInvalid, .sshdPAMOff, .sshdKeyboardOff, .sshdPasswordOn, .sshdKeyAlone, .sshdOtherMethods,
            .sshdMethodsOff, .sshdGraceTime, .sshdRootMethods, .sshdTouch, .sshdTouchMethods:
            .sshd
        case .loginTimeout: .login
        case .changeUnconfirmed, .changeEdited: .changes
        }
    }

    /// How bad it is, unless what was found says otherwise.
    package var severity: Severity {
        switch self {
        case .versionsDiffer, .serviceDown, .passwordFileMissing, .passwordFileOpen, .requiredNone, .nullokUnused,
            .exemptGroupUnknown, .requiredUserUnknown, .exemptUserUnknown, .requiredServiceUnknown,
            .exemptServiceUnknown, .enrollByPast, .enrollByFar, .keyRotationUnfinished, .mailInvalid, .eventsUnheard,
            .mailProgramMissing, .hookUnsafe, .hookNotRun, .deliverInvalid, .deliverProgram, .deliverUnsafe,
            .touchServiceUnknown, .forwardPassDigits, .keyInStore,
            .diskCopies, .diskRemote, .diskFull, .recordNotInIndex, .slotDamaged,
            .recoveryInvalid, .recoveryNoMail, .recoveryQuestions, .recoveryUnheard,
            .noAccount, .tokensAhead, .clockUnsynchronised, .pamSkippedForSome, .pamNoPassword,
            .pamAfterWrongPassword, .pamBeforePassword, .pamForwardPassLate, .pamSharedFile, .pamSudoI, .pamNowhere,
            .sshdPasswordOn, .sshdGraceTime, .sshdRootMethods, .sshdTouchMethods, .loginTimeout, .changeUnconfirmed,
            .sshdOtherMethods, .pamOtherCode, .mailAdminUnknown:
            .warning
        case .noBackupCodes, .storeStray, .diskUnknown, .sshdKeyAlone: .note
        default: .error
        }
    }
}
