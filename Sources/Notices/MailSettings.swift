package import TwostepCore

/// Who hears of an event.
package enum Hearer: String, Codable, Sendable, CaseIterable {
    /// Whose second step it is about, where the record has an address.
    case owner
    /// Whom `mail_admin` names.
    case admin
}

/// Events that somebody is to hear of: those of a name, or those of them that have a certain method or reason.
package struct Selector: Equatable, Sendable {
    package let event: String
    package let qualifier: String?

    package init(_ event: String, _ qualifier: String? = nil) {
        self.event = event
        self.qualifier = qualifier
    }

    /// Whether it means this event. `error` alone does not mean that somebody left a prompt, or that a program of a user's
    /// sent nonsense to the service: neither is about the installation.
    package func means(_ event: LoggedEvent) -> Bool {
        guard event.name == self.event else { return false }
        let own = event["method"] ?? event["reason"]
        if let qualifier { return own == qualifier }
        return self.event != "error" || !["conversation-failed", "protocol", "too-many-connections"].contains(own)
    }

    /// `EVENT` or `EVENT/METHOD-OR-REASON`, where there is such an event; nil otherwise.
    static func parse(_ text: Substring) -> Selector? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, EventKind.all.contains(where: { "\($0.name)" == parts[0] }),
            parts.dropFirst().allSatisfy({
                !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2D }
            })
        else { return nil }
        return Selector(parts[0], parts.count == 2 ? parts[1] : nil)
    }
}

/// What the configuration file says about telling people of events. No login looks at any of it.
package struct MailSettings: SettingGroup, Equatable, Sendable {
    /// Whom mail is from; nil where none is sent.
    package var sender: EmailAddress?
    /// The program that takes mail, and options before ours.
    package var command = ["/usr/sbin/sendmail"]
    /// Who gets the administrators' mail: an address, or the name of a local user; nil for nobody.
    package var admin: String?
    /// Which events the owner hears of.
    package var owner = Catalogue.ownerHears
    /// Which events the administrators hear of.
    package var administrators = Catalogue.adminHears

    package init() {}

    package mutating func set(_ setting: Setting, to value: String) -> Bool {
        switch setting {
        case .mail:
            sender = EmailAddress(value)
            return sender != nil || value == "no"
        case .mailCommand:
            command = value.split { $0 == " " || $0 == "\t" }.map(String.init)
            return command.first.map { isPlainPath(Array($0.utf8)) } ?? false
        case .mailAdmin:
            admin = value == "no" ? nil : value
            return value == "no" || EmailAddress(value) != nil || EmailAddress.isLocalPart(Array(value.utf8))
        case .notify: return setHearers(value)
        default: return true
        }
    }

    private mutating func setHearers(_ value: String) -> Bool {
        var heard: [Hearer: [Selector]] = [:]
        let words = value.split { $0 == " " || $0 == "\t" }
        guard !words.isEmpty else { return false }
        for word in words where words != ["none"] {
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let hearer = Hearer(rawValue: String(parts[0])) else { return false }
            if parts.count == 1 {
                heard[hearer, default: []] += hearer == .owner ? Catalogue.ownerHears : Catalogue.adminHears
            } else {
                guard let selector = Selector.parse(parts[1]) else { return false }
                heard[hearer, default: []].append(selector)
            }
        }
        owner = heard[.owner] ?? []
        administrators = heard[.admin] ?? []
        return true
    }

    /// Who is to hear of an event.
    package func hearers(of event: LoggedEvent) -> [Hearer] {
        guard sender != nil else { return [] }
        var found: [Hearer] = []
        if owner.contains(where: { $0.means(event) }) { found.append(.owner) }
        if admin != nil, administrators.contains(where: { $0.means(event) }) { found.append(.admin) }
        return found
    }
}
