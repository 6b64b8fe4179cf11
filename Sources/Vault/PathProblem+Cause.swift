internal import Linux
internal import TwostepCore

extension PathProblem {
    /// What is wrong, in a word, for people and for the log; not for a login, whose errors name their subject (`Subject`).
    package var cause: [UInt8] {
        switch self {
        case .missing: SystemError.noEntry.name
        case .unsafe(let flaw): [UInt8](text: flaw.text)
        case .system(let error): error.name
        }
    }
}
