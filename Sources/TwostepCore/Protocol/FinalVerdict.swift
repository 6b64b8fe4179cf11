/// How it ended, as the one byte of a verdict.
package enum FinalVerdict: UInt8, Sendable {
    case accepted = 1
    case refused = 2
    /// Refused, locked, and the person has been told.
    case locked = 3
    /// Proven to have no record, and policy lets them pass.
    case passed = 4
    case unavailable = 5
    case noAnswer = 6
    /// The service does not know the module's arguments.
    case badArguments = 7
    /// The service does not speak the hello's version of the protocol.
    case otherVersion = 8

    package init(_ outcome: Outcome, explained: Bool) {
        self =
            switch outcome {
            case .accepted: .accepted
            case .passed: .passed
            case .refused(.locked): explained ? .locked : .refused
            case .refused, .mayEnrol, .handedOver: .refused
            case .unavailable: .unavailable
            case .noAnswer: .noAnswer
            }
    }
}
