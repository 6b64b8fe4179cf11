internal import Commands
internal import Doctor
internal import Linux

/// Findings as JSON: docs/json.md.
struct FindingReport: Encodable {
    struct Found: Encodable {
        let check: String
        let severity: String
        let area: String
        let what: String
        let file: String?
        let line: Int?
        let cure: String

        init(_ finding: Finding) {
            check = finding.check.rawValue
            severity = finding.severity.rawValue
            area = finding.check.area.rawValue
            what = finding.what
            file = finding.place?.file
            line = finding.place?.line
            cure = finding.cure
        }
    }

    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [Found]

    init(_ findings: [Finding]) {
        errors = findings.count(.error)
        warnings = findings.count(.warning)
        notes = findings.count(.note)
        self.findings = findings.map(Found.init)
    }
}

/// A finding as people read it: what, where, and the cure on a line of its own.
struct FindingText {
    /// As wide as the terminal, where that is no wider than can be read well.
    private let width = min(StandardStream.output.size?.columns ?? 80, 100)

    func lines(_ finding: Finding) -> [String] {
        var lines = wrapped(
            finding.what, head: "  \(finding.severity.rawValue): ", indent: "    ", width: width)
        let place = finding.place.map { "at \($0) " } ?? ""
        lines.append("    \(place)(\(finding.check.rawValue))")
        return lines + wrapped(finding.cure, head: "    do: ", indent: "        ", width: width)
    }
}
