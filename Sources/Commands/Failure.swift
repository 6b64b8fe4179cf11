internal import Crypto
package import TwostepCore
internal import Vault

/// Exit statuses, from sysexits.h, and 1 for "verified: no".
package enum ExitStatus: Int32 {
    case refused = 1
    case usage = 64
    case dataError = 65
    case noSuchUser = 67
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case inputOutput = 74
    case noPermission = 77
    case configuration = 78
}

/// An error as a person reads it: what happened, then what to do.
package struct Failure: Error, Equatable {
    package let message: String
    package let hint: String?
    package let status: ExitStatus
    /// Whether what was asked for may have been done all the same.
    package let leavesDoubt: Bool
    /// Whether the installation is at fault, not who runs the command: what any user can bring about is none of it.
    package private(set) var isOurs: Bool

    package init(_ message: String, hint: String? = nil, _ status: ExitStatus, leavesDoubt: Bool = false) {
        self.message = message
        self.hint = hint
        self.status = status
        self.leavesDoubt = leavesDoubt
        isOurs = status == .software
    }

    /// Writes the lines to standard error.
    package func tell(_ console: any Console) {
        console.writeError(Array("twostep: \(message)\n".utf8))
        if let hint { console.writeError(Array("twostep: \(hint)\n".utf8)) }
    }
}

extension Failure {
    package static let notRoot = Failure("only root can do this", hint: "run it with sudo", .noPermission)

    package static func noSuchUser(_ name: String) -> Failure {
        Failure("no such user: \(printable(name))", hint: "check the name with: getent passwd", .noSuchUser)
    }

    package static func alreadyEnrolled(_ name: String) -> Failure {
        Failure(
            "\(printable(name)) is already enrolled", hint: "look with: twostep status \(printable(name))",
            .cannotCreate)
    }

    package static func notEnrolled(_ name: String) -> Failure {
        Failure("\(printable(name)) is not enrolled", hint: "run: twostep enroll \(printable(name))", .noSuchUser)
    }

    /// What a trouble with configuration, key, store or record means for whoever runs the command.
    package init(_ error: StoreError, site: Configuration, configurationPath: String = "\(Configuration.defaultPath)") {
        self.init(telling: error, site, configurationPath)
        isOurs = [.software, .inputOutput, .configuration].contains(status)
    }

    private init(telling error: StoreError, _ site: Configuration, _ configurationPath: String) {
        let what = "\(error.reason.text)\(error.cause.isEmpty ? "" : " (\(text(error.cause)))")"
        let place =
            switch error.reason {
            case .configMissing, .configUnsafe, .configUnreadable, .configInvalid: configurationPath
            case .keyMissing, .keyUnsafe, .keyUnreadable, .keyInvalid: text(site.key)
            default: text(site.store)
            }
        switch error.reason {
        case .keyMissing where error.cause.equals("store-exists"):
            self.init(
                "there is a store in \(text(site.store)) but no key \(place)",
                hint: "put the key back from your backup; a new one could not read the store", .configuration)
        case .keyMissing:
            self.init(
                "not initialised: \(place): \(what)",
                hint: "run: twostep init; where there is a store already, put its key back from your backup",
                .configuration)
        case .storeMissing:
            self.init(
                "there is a key but no store: \(place): \(what)",
                hint: "mount it or put it back; only where nobody ever enrolled: twostep init --new-store",
                .configuration)
        case .markerMissing:
            self.init(
                "a part of the store is missing: \(place): \(what)",
                hint: "put it back from your backup; init makes no store where one has been", .configuration)
        case .keyUnsafe:
            self.init(
                "not safe to use: \(place): \(what)",
                hint: "root alone may read it, and change what is above: chmod 400 \(place); namei -lx \(place)",
                .configuration)
        case .storeUnsafe, .markerUnsafe, .indexUnsafe, .recordUnsafe, .configUnsafe:
            self.init(
                "not safe to use: \(place): \(what)",
                hint: "it and every folder above must be root's, no link, writable by root only: namei -lx \(place)",
                .configuration)
        case .configMissing:
            self.init(
                "no configuration file \(place)", hint: "write it, or leave --config and TWOSTEP_CONFIG away",
                .configuration)
        case .configInvalid where !error.cause.equals("size"):
            self.init(
                text(error.cause),
                hint: "correct the line; until then everybody is refused wherever the module is asked",
                .configuration)
        case .configUnreadable, .configInvalid, .keyUnreadable, .keyInvalid:
            self.init(
                "cannot be used: \(place): \(what)", hint: "correct it, or put it back from your backup", .configuration
            )
        case .lockTimeout:
            self.init("somebody else is changing the store", hint: "try again in a moment", .unavailable)
        case .recordMissing, .recordVanished, .recordUnreadable, .recordCorrupt:
            self.init(
                "a record in \(place)/users cannot be used: \(what)",
                hint: "nothing was changed; /usr/share/doc/twostep/docs/troubleshooting.md says what each word means",
                .inputOutput)
        case .notWritable, .storeUnreadable, .markerUnreadable, .indexUnreadable, .indexMissing, .markerCorrupt,
            .indexCorrupt:
            self.init(
                "the store cannot be used: \(place): \(what)",
                hint: "nothing was changed; /usr/share/doc/twostep/docs/troubleshooting.md says what each word means",
                .inputOutput)
        case .unknownVersion:
            self.init("written by another version of twostep: \(place): \(what)", hint: "upgrade", .configuration)
        case .recordFull, .recordExists:
            self.init("the record cannot take more: \(what)", hint: "use a shorter key or label", .cannotCreate)
        case .accountsUnavailable:
            self.init(
                "the system's accounts cannot be read: \(what)", hint: "check nsswitch.conf and try again", .unavailable
            )
        case .groupUnknown:
            self.init(
                "no such group: \(printable(text(error.cause))), which 'required' names",
                hint: "check the name with: getent group", .configuration)
        case .clockUnavailable:
            self.init("the clock cannot be read", hint: "look at what confines this process", .software)
        case .serviceMissing, .serviceFailed:
            self.init("twostepd does not answer: \(what)", hint: "start it, or run this as root", .unavailable)
        case .cryptoUnavailable:
            self.init(
                "libcrypto does not offer what is needed: \(what)",
                hint: "look at openssl.cnf and the machine's FIPS settings", .software)
        }
    }
}
