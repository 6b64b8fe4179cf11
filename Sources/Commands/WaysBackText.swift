internal import Notices

/// What a site's configuration says of getting in without the second step of one's own, for `status`.
struct WaysBackText {
    /// `no` or `email`; nil where that cannot be understood, which counts as `no`.
    let recovery: String?
    /// The program that sends codes, and its words; nil where none are sent.
    let deliverCommand: String?
    private let isDeliveryUnderstood: Bool

    /// - Parameter path: the configuration file.
    init(at path: [UInt8]) {
        recovery = (try? readRecoverySettings(at: path)).map { $0.isByEmail ? "email" : "no" }
        let delivery = try? readDeliverySettings(at: path)
        isDeliveryUnderstood = delivery != nil
        deliverCommand = delivery?.command?.joined(separator: " ")
    }

    var lines: [String] {
        let unclear = "not understood: no"
        return [
            "recovery: \(recovery ?? unclear)",
            "deliver command: \(isDeliveryUnderstood ? deliverCommand.map(printable) ?? "no" : unclear)",
        ]
    }
}
