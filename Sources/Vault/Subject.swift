internal import Linux
internal import TwostepCore

/// The files that Twostep relies on, and what it is called when something is wrong with each.
enum Subject {
    case config, key, store, marker, index, record

    /// The store's error for a path that was not taken.
    @inline(never)
    func error(_ problem: PathProblem) -> StoreError {
        switch problem {
        case .missing: StoreError(missing)
        case .unsafe(let flaw): StoreError(isUnsafe, cause: flaw.text)
        case .system(let error): StoreError(unreadable, cause: error.name)
        }
    }

    private var missing: StoreError.Reason {
        switch self {
        case .config: .configMissing
        case .key: .keyMissing
        case .store: .storeMissing
        case .marker: .markerMissing
        case .index: .indexMissing
        case .record: .recordMissing
        }
    }

    private var isUnsafe: StoreError.Reason {
        switch self {
        case .config: .configUnsafe
        case .key: .keyUnsafe
        case .store: .storeUnsafe
        case .marker: .markerUnsafe
        case .index: .indexUnsafe
        case .record: .recordUnsafe
        }
    }

    /// For a file that is not what Twostep wrote.
    var corrupt: StoreError.Reason {
        switch self {
        case .config: .configInvalid
        case .key: .keyInvalid
        case .store: .storeUnsafe
        case .marker: .markerCorrupt
        case .index: .indexCorrupt
        case .record: .recordCorrupt
        }
    }

    var unreadable: StoreError.Reason {
        switch self {
        case .config: .configUnreadable
        case .key: .keyUnreadable
        case .store: .storeUnreadable
        case .marker: .markerUnreadable
        case .index: .indexUnreadable
        case .record: .recordUnreadable
        }
    }
}
