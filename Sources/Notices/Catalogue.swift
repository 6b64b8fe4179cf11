package import TwostepCore

/// What there is to know about an event beside its name: docs/events.md says the same, which a test sees to.
package struct CatalogueEntry: Sendable {
    package let kind: EventKind
    /// The fields that it can have, in order.
    package let fields: [String]
    /// Who hears of it by mail unless `notify` says otherwise: of all, or where the method or reason is this.
    package let heard: [Hearer: String?]

    fileprivate init(_ kind: EventKind, _ fields: String, _ heard: [Hearer: String?] = [:]) {
        self.kind = kind
        self.fields = fields.split(separator: " ").map(String.init)
        self.heard = heard
    }
}

/// Every event.
package enum Catalogue {
    package static let entries: [CatalogueEntry] = [
        CatalogueEntry(.accepted, "method user rhost tty token left by caller", [.owner: "backup-code"]),
        CatalogueEntry(.refused, "reason user rhost tty by caller", [.owner: "locked"]),
        CatalogueEntry(.ignored, "reason user rhost tty rule by caller"),
        CatalogueEntry(.error, "reason cause argument stack user rhost tty by caller", [.admin: nil]),
        CatalogueEntry(.slotDamaged, "user by caller", [.admin: nil]),
        CatalogueEntry(.debug, "version config store nullok required caller"),
        CatalogueEntry(.enrolmentBegun, "user rhost tty proof caller"),
        CatalogueEntry(.enrolledAtLogin, "user rhost tty proof token grant caller", [.owner: nil]),
        CatalogueEntry(.recoveryRequested, "user rhost tty way grant caller", [.owner: nil]),
        CatalogueEntry(.recoveryRefused, "reason user rhost tty way grant caller", [.owner: nil]),
        CatalogueEntry(.recovered, "user rhost tty way again grant caller", [.owner: nil, .admin: nil]),
        CatalogueEntry(.sessionsEnded, "user count grant caller"),
        CatalogueEntry(.sessionsNotEnded, "reason cause user grant caller", [.admin: nil]),
        CatalogueEntry(.enrolled, "user by provisioned from", [.owner: nil]),
        CatalogueEntry(.tokensReplaced, "user by from", [.owner: nil]),
        CatalogueEntry(.invited, "user by expires"),
        CatalogueEntry(.recoveryCodeMade, "user by admin reason grant expires", [.owner: nil, .admin: nil]),
        CatalogueEntry(.unlocked, "user by", [.owner: nil]),
        CatalogueEntry(.backupCodesRegenerated, "user by left override reason", [.owner: nil]),
        CatalogueEntry(.tokenAdded, "user by token kind provisioned", [.owner: nil]),
        CatalogueEntry(.tokenRemoved, "user by token kind", [.owner: nil]),
        CatalogueEntry(.tokenRenamed, "user by token kind was"),
        CatalogueEntry(.tokenResynced, "user by token kind drift skipped"),
        CatalogueEntry(.disabled, "user by override reason", [.owner: nil, .admin: nil]),
        CatalogueEntry(.changeUncertain, "user by cause", [.admin: nil]),
        CatalogueEntry(.pamEnabled, "service by"),
        CatalogueEntry(.pamConfirmed, "service by reason"),
        CatalogueEntry(.pamRolledBack, "service by reason", [.admin: nil]),
        CatalogueEntry(.pamNotRolledBack, "service by reason cause", [.admin: nil]),
        CatalogueEntry(.pamDisabled, "service by cause"),
        CatalogueEntry(.exported, "user by format", [.owner: nil, .admin: nil]),
        CatalogueEntry(.keyRotationBegun, "by"),
        CatalogueEntry(.keyRotated, "by records abandoned"),
        CatalogueEntry(.restored, "by records backup-codes left"),
        CatalogueEntry(.passwordRefused, "reason user by cause"),
        CatalogueEntry(.contactSet, "user by", [.owner: nil]),
        CatalogueEntry(.contactRemoved, "user by", [.owner: nil]),
        CatalogueEntry(.questionsSet, "user by", [.owner: nil]),
        CatalogueEntry(.questionsRemoved, "user by", [.owner: nil]),
        CatalogueEntry(.mailed, "to user of"),
        CatalogueEntry(.deliveryFailed, "reason cause to user of attempts"),
    ]

    private static func heard(by hearer: Hearer) -> [Selector] {
        entries.compactMap { entry in entry.heard[hearer].map { Selector("\(entry.kind.name)", $0) } }
    }

    /// What `owner` means in `notify`.
    package static var ownerHears: [Selector] { heard(by: .owner) }
    /// What `admin` means in `notify`.
    package static var adminHears: [Selector] { heard(by: .admin) }
}
