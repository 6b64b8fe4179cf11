internal import Linux
package import TwostepCore

/// Asks the system's name service whether somebody belongs to a group, for policy.
package func membership(of account: Account, in group: [UInt8]) -> Membership {
    do throws(SystemError) {
        switch try isMember(account.name, of: group) {
        case .some(true): return .member
        case .some(false): return .notMember
        case .none: return .noSuchGroup
        }
    } catch {
        return .unavailable(error.name)
    }
}
