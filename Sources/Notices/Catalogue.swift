package import TwostepCore

/// What there is to know about an event beside its name: docs/events.md says the same, which a test sees to.
package struct CatalogueEntry: Sendable {
    package let kind: EventKind
    /// The fields that it can have, in order.
    package let fields: [String]
}

/// Every event.
package enum Catalogue {
    package static let entries: [CatalogueEntry] = [
        CatalogueEntry(kind: .accepted, fields: ["method", "user", "rhost", "tty", "token", "left", "by", "caller"]),
        CatalogueEntry(kind: .refused, fields: ["reason", "user", "rhost", "tty", "by", "caller"]),
        CatalogueEntry(kind: .ignored, fields: ["reason", "user", "rhost", "tty", "rule", "by", "caller"]),
        CatalogueEntry(
            kind: .error, fields: ["reason", "cause", "argument", "stack", "user", "rhost", "tty", "by", "caller"]),
        CatalogueEntry(kind: .slotDamaged, fields: ["user", "by", "caller"]),
        CatalogueEntry(kind: .debug, fields: ["version", "config", "store", "nullok", "required", "caller"]),
        CatalogueEntry(kind: .enrolled, fields: ["user", "by", "provisioned", "from"]),
        CatalogueEntry(kind: .tokensReplaced, fields: ["user", "by", "from"]),
        CatalogueEntry(kind: .invited, fields: ["user", "by", "expires"]),
        CatalogueEntry(kind: .unlocked, fields: ["user", "by"]),
        CatalogueEntry(kind: .backupCodesRegenerated, fields: ["user", "by", "left", "override", "reason"]),
        CatalogueEntry(kind: .tokenAdded, fields: ["user", "by", "token", "kind", "provisioned"]),
        CatalogueEntry(kind: .tokenRemoved, fields: ["user", "by", "token", "kind"]),
        CatalogueEntry(kind: .tokenRenamed, fields: ["user", "by", "token", "kind", "was"]),
        CatalogueEntry(kind: .tokenResynced, fields: ["user", "by", "token", "kind", "drift", "skipped"]),
        CatalogueEntry(kind: .disabled, fields: ["user", "by", "override", "reason"]),
        CatalogueEntry(kind: .changeUncertain, fields: ["user", "by", "cause"]),
        CatalogueEntry(kind: .pamEnabled, fields: ["service", "by"]),
        CatalogueEntry(kind: .pamConfirmed, fields: ["service", "by", "reason"]),
        CatalogueEntry(kind: .pamRolledBack, fields: ["service", "by", "reason"]),
        CatalogueEntry(kind: .pamNotRolledBack, fields: ["service", "by", "reason", "cause"]),
        CatalogueEntry(kind: .pamDisabled, fields: ["service", "by"]),
        CatalogueEntry(kind: .exported, fields: ["user", "by", "format"]),
        CatalogueEntry(kind: .keyRotationBegun, fields: ["by"]),
        CatalogueEntry(kind: .keyRotated, fields: ["by", "records", "abandoned"]),
        CatalogueEntry(kind: .passwordRefused, fields: ["reason", "user", "by", "cause"]),
    ]
}
