/// How bad a finding is.
package enum Severity: String, CaseIterable, Comparable, Sendable {
    /// Somebody gets in who must not, or somebody is shut out who must not be.
    case error
    /// Something will go wrong one day, or is not what its writer meant.
    case warning
    /// Good to know.
    case note

    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .error: 0
        case .warning: 1
        case .note: 2
        }
    }
}

/// Something that is wrong with an installation, where, and what cures it.
package struct Finding: Equatable, Sendable {
    package let check: Check
    package let what: String
    package let place: Place?
    package let cure: String
    package let severity: Severity

    /// - Parameter severity: where it is not what the catalogue says.
    package init(_ check: Check, _ what: String, at place: Place? = nil, cure: String, severity: Severity? = nil) {
        self.check = check
        self.what = what
        self.place = place
        self.cure = cure
        self.severity = severity ?? check.severity
    }
}

extension [Finding] {
    /// Without what stands in it twice, the gravest first within each area, otherwise in the order found.
    package var sorted: [Finding] {
        var once: [Finding] = []
        for finding in self where !once.contains(finding) { once.append(finding) }
        return Area.allCases.flatMap { area in
            Severity.allCases.flatMap { severity in
                once.filter { $0.check.area == area && $0.severity == severity }
            }
        }
    }

    package func count(_ severity: Severity) -> Int { filter { $0.severity == severity }.count }
}
