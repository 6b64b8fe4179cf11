/// The text of a mail with places to fill in: a first line `Subject: …`, an empty line, then the text.
package struct MailTemplate: Equatable, Sendable {
    /// Why a template is not used.
    package enum Problem: String, Error, Sendable {
        /// It is no UTF-8, too long, or has control characters.
        case text
        /// It does not begin with a subject and an empty line.
        case subject
        /// A brace that belongs to no place that there is.
        case placeholder
        /// A mail that brings a code must have it, on a line of its own; no other may.
        case code
    }

    /// The longest template, in bytes.
    package static let limit = 16_384
    /// What can be filled in.
    package static let places = [
        "user", "host", "time", "event", "service", "from", "token", "left", "by", "reason", "was", "fields", "minutes",
        "code", "way", "admin", "expires",
    ]

    package let subject: String
    package let body: String

    /// - Parameter hasCode: whether the mail brings a code.
    package init(_ text: String, hasCode: Bool) throws(Problem) {
        guard text.utf8.count <= MailTemplate.limit,
            text.unicodeScalars.allSatisfy({ $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control })
        else { throw .text }
        let parts = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix("Subject: "), parts[0].count > 9, parts[1].isEmpty, !parts[2].isEmpty
        else { throw .subject }
        subject = String(parts[0].dropFirst(9))
        body = String(parts[2])
        guard try MailTemplate.names(in: subject).allSatisfy({ $0 != "fields" && $0 != "code" }) else {
            throw .placeholder
        }
        let names = try MailTemplate.names(in: body)
        guard names.count(where: { $0 == "code" }) == (hasCode ? 1 : 0) else { throw .code }
        for line in body.split(separator: "\n") where line.contains("{code}") || line.contains("{fields}") {
            guard ["{code}", "{fields}"].contains(String(line.drop { $0 == " " })) else {
                throw line.contains("{code}") ? .code : .placeholder
            }
        }
    }

    /// The places in a text, in order.
    private static func names(in text: String) throws(Problem) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else { throw .placeholder }
            let name = String(rest[rest.index(after: brace)..<end])
            guard places.contains(name) else { throw .placeholder }
            names.append(name)
            rest = rest[rest.index(after: end)...]
        }
        return names
    }

    /// A text with its places filled in; what has no value is left as `?`. A value has no line of its own: whatever is not
    /// printable in it becomes `?`. Only `fields` is several lines, each with what stands before it.
    package static func fill(_ text: String, _ values: [String: String]) -> String {
        var filled = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !filled.isEmpty || line.startIndex != text.startIndex { filled += "\n" }
            if line.hasSuffix("{fields}") {
                let margin = String(line.prefix { $0 == " " })
                filled += (values["fields"] ?? "?").split(separator: "\n").map { margin + tame(String($0)) }
                    .joined(separator: "\n")
            } else {
                filled += fill(line: line, values)
            }
        }
        return filled
    }

    private static func fill(line: Substring, _ values: [String: String]) -> String {
        var filled = ""
        var rest = line
        while let brace = rest.firstIndex(of: "{"), let end = rest[brace...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: brace)..<end])
            filled += rest[..<brace]
            filled += name == "code" ? "{code}" : tame(values[name] ?? "?")
            rest = rest[rest.index(after: end)...]
        }
        return filled + rest
    }

    /// Nothing that could end a line, move a cursor, turn a text round or be taken for a place to fill in.
    private static func tame(_ value: String) -> String {
        let unseen: [UnicodeCategory] = [
            .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
        ]
        return String(
            String.UnicodeScalarView(
                value.unicodeScalars.map {
                    unseen.contains($0.properties.generalCategory) ? "?" : $0 == "{" ? "(" : $0 == "}" ? ")" : $0
                }))
    }

    private typealias UnicodeCategory = Unicode.GeneralCategory
}
