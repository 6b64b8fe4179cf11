/// Why the store could not say what it should, or could not be written. Each fails a login with
/// `PAM_AUTHINFO_UNAVAIL` (law 3).
package struct StoreError: Error, Equatable, Sendable {
    package enum Reason: Sendable, CaseIterable {
        case configMissing, configUnsafe, configUnreadable, configInvalid
        case keyMissing, keyUnsafe, keyUnreadable, keyInvalid
        case storeMissing, storeUnsafe, storeUnreadable
        case markerMissing, markerUnsafe, markerUnreadable, markerCorrupt
        case indexMissing, indexUnsafe, indexUnreadable, indexCorrupt
        case recordMissing, recordVanished, recordUnsafe, recordUnreadable, recordCorrupt
        case unknownVersion
        case notWritable
        case lockTimeout
        case recordFull
        case recordExists
        case accountsUnavailable
        case groupUnknown
        case cryptoUnavailable
        case clockUnavailable
        case serviceMissing, serviceFailed

        /// The name in the log, documented in docs/events.md.
        package var text: StaticString {
            switch self {
            case .configMissing: "config-missing"
            case .configUnsafe: "config-unsafe"
            case .configUnreadable: "config-unreadable"
            case .configInvalid: "config-invalid"
            case .keyMissing: "key-missing"
            case .keyUnsafe: "key-unsafe"
            case .keyUnreadable: "key-unreadable"
            case .keyInvalid: "key-invalid"
            case .storeMissing: "store-missing"
            case .storeUnsafe: "store-unsafe"
            case .storeUnreadable: "store-unreadable"
            case .markerMissing: "marker-missing"
            case .markerUnsafe: "marker-unsafe"
            case .markerUnreadable: "marker-unreadable"
            case .markerCorrupt: "marker-corrupt"
            case .indexMissing: "index-missing"
            case .indexUnsafe: "index-unsafe"
            case .indexUnreadable: "index-unreadable"
            case .indexCorrupt: "index-corrupt"
            case .recordMissing: "record-missing"
            case .recordVanished: "record-vanished"
            case .recordUnsafe: "record-unsafe"
            case .recordUnreadable: "record-unreadable"
            case .recordCorrupt: "record-corrupt"
            case .unknownVersion: "unknown-version"
            case .notWritable: "not-writable"
            case .lockTimeout: "lock-timeout"
            case .recordFull: "record-full"
            case .recordExists: "record-exists"
            case .accountsUnavailable: "accounts-unavailable"
            case .groupUnknown: "group-unknown"
            case .cryptoUnavailable: "crypto-unavailable"
            case .clockUnavailable: "clock-unavailable"
            case .serviceMissing: "service-missing"
            case .serviceFailed: "service-failed"
            }
        }
    }

    package let reason: Reason
    /// What the system said, such as `ENOSPC`, or which part is wrong; empty where there is nothing to add.
    package let cause: [UInt8]

    package init(_ reason: Reason, cause: [UInt8] = []) {
        self.reason = reason
        self.cause = cause
    }

    package init(_ reason: Reason, cause: StaticString) { self.init(reason, cause: [UInt8](text: cause)) }
}
