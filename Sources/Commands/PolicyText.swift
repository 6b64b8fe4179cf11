internal import TwostepCore
internal import Wire

/// What policy says of a site as a whole, for `status`.
struct PolicyText {
    /// The rules, `all`, or nothing for nobody.
    let required: [String]
    let exempt: [String]
    /// The last day on which who must have one passes without; nil where that is over, or was never so.
    let enrollBy: String?

    init(_ configuration: Configuration) {
        required = configuration.required.map { text($0.text) }
        exempt = configuration.exempt.map { text($0.text) }
        enrollBy = configuration.enrollBy.map { text($0.text) }
    }

    var lines: [String] {
        ["required: \(PolicyText.list(required))", "exempt: \(PolicyText.list(exempt))"]
            + (enrollBy.map { ["enroll by: \($0), UTC"] } ?? [])
    }

    private static func list(_ rules: [String]) -> String {
        rules.isEmpty ? "none" : rules.map(printable).joined(separator: ", ")
    }
}

extension Desk {
    /// Whether somebody must have a second step, be it at one service only, also where `enroll_by` still lets them do
    /// without.
    func mustHaveSecondStep(_ account: Account) throws(Failure) -> Bool {
        let nowhere = PolicySubject(account: account, service: [], address: nil)
        if configuration.exemption(of: nowhere, membership) != nil { return false }
        if configuration.required.contains(where: { $0.kind == .service }) { return true }
        do throws(StoreError) { return try configuration.requirement(of: nowhere, membership) != nil } catch {
            throw Failure(error, site: configuration)
        }
    }
}
