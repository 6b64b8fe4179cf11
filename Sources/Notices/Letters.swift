internal import TwostepCore

/// Where a template comes from.
package protocol TemplateSource {
    /// The text of a template by its name, as a site or the package has it; nil where neither has.
    func template(_ name: String) -> String?
    /// A template that is not used, and why: the built-in text is taken in its place.
    func complain(_ name: String, _ problem: MailTemplate.Problem)
}

/// Makes mails of events.
package enum Letters {
    /// What an owner or an administrator reads about an event.
    package static func about(
        _ occurrence: Occurrence, to recipient: String, as hearer: Hearer, from sender: EmailAddress,
        _ source: some TemplateSource
    ) -> Letter? {
        guard let event = occurrence.event else { return nil }
        let names =
            switch hearer {
            case .admin: ["admin"]
            case .owner:
                [(event["method"] ?? event["reason"]).map { "\(event.name)-\($0)" }, event.name, "event"]
                    .compactMap(\.self)
            }
        guard let template = find(names, hasCode: false, source) else { return nil }
        return letter(
            template, values(of: occurrence, event), to: recipient, from: sender, time: occurrence.time,
            id: "\(occurrence.id).\(hearer.rawValue)")
    }

    /// A mail that brings a code: its place in the text stays open.
    ///
    /// - Parameter minutes: how long the code counts.
    package static func withCode(
        _ name: String, user: String, host: String, minutes: Int, to address: EmailAddress, from sender: EmailAddress,
        time: Int64, id: String, _ source: some TemplateSource
    ) -> Letter? {
        guard let template = find([name], hasCode: true, source) else { return nil }
        let values = ["user": user, "host": host, "minutes": "\(minutes)", "time": Moment.text(time)]
        return letter(template, values, to: address.text, from: sender, time: time, id: id)
    }

    private static func letter(
        _ template: MailTemplate, _ values: [String: String], to recipient: String, from sender: EmailAddress,
        time: Int64, id: String
    ) -> Letter {
        Letter(
            from: sender, to: recipient, subject: MailTemplate.fill(template.subject, values),
            body: MailTemplate.fill(template.body, values), time: time, id: id)
    }

    /// The first template that there is; the site's before the built-in one, unless it is broken.
    private static func find(_ names: [String], hasCode: Bool, _ source: some TemplateSource) -> MailTemplate? {
        for name in names where name.utf8.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2D }) {
            if let text = source.template(name) {
                do throws(MailTemplate.Problem) { return try MailTemplate(text, hasCode: hasCode) } catch {
                    source.complain(name, error)
                }
            }
            if let text = BuiltInTemplates.all[name] {
                do throws(MailTemplate.Problem) { return try MailTemplate(text, hasCode: hasCode) } catch {}
            }
        }
        return nil
    }

    private static func values(of occurrence: Occurrence, _ event: LoggedEvent) -> [String: String] {
        let from = event["rhost"] ?? event["tty"]
        var values = [
            "host": occurrence.host, "time": Moment.text(occurrence.time), "event": event.name,
            "service": event.service ?? "twostep", "from": from ?? "this machine",
        ]
        for name in ["user", "token", "left", "by", "reason", "was", "way", "admin", "expires"] {
            values[name] = event[name]
        }
        let lines = [("time", Moment.text(occurrence.time))] + event.json.map { ($0.name, $0.value) }
        let width = lines.map(\.0.count).max() ?? 0
        values["fields"] =
            lines.map { name, value in
                name + String(repeating: " ", count: width - name.count + 2)
                    + value.split(separator: "\n").joined(separator: "?")
            }.joined(separator: "\n")
        return values
    }
}
