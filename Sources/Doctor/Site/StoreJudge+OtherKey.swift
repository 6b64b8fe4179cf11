internal import TwostepCore

/// A key that is not the store's: told once, and not as so many damaged records.
extension StoreJudge {
    /// Whether it is the key that does not belong to the store, rather than one record that does not belong to it: the
    /// marker says so, or most of several records do.
    static func isOtherKey(_ look: StoreLook) -> Bool {
        let foreign = look.entries.count { $0.isUnderOtherKey }
        let isMarkers = look.troubles.contains { isOtherKey($0) }
        return foreign * 2 > look.entries.count && (isMarkers || foreign > 1)
    }

    fileprivate static func isOtherKey(_ error: StoreError) -> Bool {
        switch error.reason {
        case .markerCorrupt, .indexCorrupt, .recordCorrupt: error.cause.equals("other-key")
        default: false
        }
    }

    static func otherKey(_ look: StoreLook, at place: Place) -> Finding {
        let count = look.entries.count { $0.isUnderOtherKey }
        let all = look.entries.count
        let which = count == all ? "all records are" : "\(count) of \(all) records are"
        return Finding(
            .recordsOtherKey, "\(which) sealed under another key: who has one of them is refused", at: place,
            cure: "put back the key that the store was made under: from your copy of it, or the one that 'key rotate "
                + "--keep-old' kept")
    }
}

extension StoreLook.Entry {
    var isUnderOtherKey: Bool { problem.map(StoreJudge.isOtherKey) ?? false }
}
