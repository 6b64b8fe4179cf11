package import TwostepCore

/// What there is to know about an event beside its name: docs/events.md says the same, which a test sees to.
package struct CatalogueEntry: Sendable {
    package let kind: EventKind
    /// The fields that it can have, in order.
    package let fields: [String]
    /// Who hears of it by mail unless `notify` says otherwise: of all, or where the method or reason is one of these.
    package let heard: [Hearer: [String]]

    fileprivate init(_ kind: EventKind, _ fields: String, _ heard: [Hearer: [String]] = [:]) {
        self.kind = kind
        self.fields = fields.split(separator: " ").map(String.init)
        self.heard = heard
    }
}

/// Every event.
package enum Catalogue {
    package static let entries: [CatalogueEntry] = [
        CatalogueEntry(
            .accepted, "method user rhost tty token left by caller", [.owner: ["backup-code", "sent-code"]]),
        CatalogueEntry(.refused, "reason user rhost tty by caller", [.owner: ["locked"]]),
        CatalogueEntry(.ignored, "reason user rhost tty rule by caller"),
        CatalogueEntry(.error, "reason cause argument stack user rhost tty by caller", [.admin: []]),
        CatalogueEntry(.slotDamaged, "user by caller", [.admin: []]),
        CatalogueEntry(.debug, "version config store nullok required caller"),
        CatalogueEntry(.enrolmentBegun, "user rhost tty proof caller"),
        // Who enrols on trust has a new record, with no address: the administrators are who can hear of a thief.
        CatalogueEntry(.enrolledAtLogin, "user rhost tty proof token grant caller", [.owner: [], .admin: []]),
        CatalogueEntry(.recoveryRequested, "user rhost tty way grant caller", [.owner: []]),
        CatalogueEntry(.recoveryRefused, "reason user rhost tty way grant caller", [.owner: []]),
        CatalogueEntry(.recovered, "user rhost tty way again grant caller", [.owner: [], .admin: []]),
        CatalogueEntry(.sessionsEnded, "user count grant caller"),
        CatalogueEntry(.sessionsNotEnded, "reason cause user grant caller", [.admin: []]),
        CatalogueEntry(.codeRequested, "user rhost tty caller"),
        CatalogueEntry(.codeNotSent, "reason user rhost tty caller"),
        CatalogueEntry(.enrolled, "user by provisioned from", [.owner: []]),
        CatalogueEntry(.tokensReplaced, "user by from", [.owner: []]),
        CatalogueEntry(.invited, "user by expires"),
        CatalogueEntry(.recoveryCodeMade, "user by admin reason grant expires", [.owner: [], .admin: []]),
        CatalogueEntry(.unlocked, "user by", [.owner: []]),
        CatalogueEntry(.backupCodesRegenerated, "user by left override reason", [.owner: []]),
        CatalogueEntry(.tokenAdded, "user by token kind provisioned", [.owner: []]),
        CatalogueEntry(.tokenRemoved, "user by token kind", [.owner: []]),
        CatalogueEntry(.tokenRenamed, "user by token kind was"),
        CatalogueEntry(.tokenResynced, "user by token kind drift skipped"),
        CatalogueEntry(.disabled, "user by override reason", [.owner: [], .admin: []]),
        CatalogueEntry(.changeUncertain, "user by cause", [.admin: []]),
        CatalogueEntry(.pamEnabled, "service by"),
        CatalogueEntry(.pamConfirmed, "service by reason"),
        CatalogueEntry(.pamRolledBack, "service by reason", [.admin: []]),
        CatalogueEntry(.pamNotRolledBack, "service by reason cause", [.admin: []]),
        CatalogueEntry(.pamDisabled, "service by cause"),
        CatalogueEntry(.exported, "user by format", [.owner: [], .admin: []]),
        CatalogueEntry(.keyRotationBegun, "by"),
        CatalogueEntry(.keyRotated, "by records abandoned"),
        CatalogueEntry(.restored, "by records backup-codes left"),
        CatalogueEntry(.passwordRefused, "reason user by cause"),
        CatalogueEntry(.contactSet, "user by", [.owner: []]),
        CatalogueEntry(.contactRemoved, "user by", [.owner: []]),
        CatalogueEntry(.questionsSet, "user by", [.owner: []]),
        CatalogueEntry(.questionsRemoved, "user by", [.owner: []]),
        CatalogueEntry(.mailed, "to user of"),
        CatalogueEntry(.codeSent, "user"),
        CatalogueEntry(.deliveryFailed, "reason cause to user of attempts"),
    ]

    private static func heard(by hearer: Hearer) -> [Selector] {
        entries.flatMap { entry in
            let qualifiers = entry.heard[hearer].map { $0.isEmpty ? [nil] : $0.map(Optional.some) }
            return (qualifiers ?? []).map { Selector("\(entry.kind.name)", $0) }
        }
    }

    /// What `owner` means in `notify`.
    package static var ownerHears: [Selector] { heard(by: .owner) }
    /// What `admin` means in `notify`.
    package static var adminHears: [Selector] { heard(by: .admin) }
}
