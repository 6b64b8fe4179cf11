/// A login as policy sees it.
package struct PolicySubject: Equatable, Sendable {
    /// Nil where the name service knows no such user.
    package let account: Account?
    /// The PAM service.
    package let service: [UInt8]
    /// Where they come from, by `Rule.number`: the numeric remote address that a program of root's has told, which no user
    /// has started. Nil for anything else, above all for names of hosts.
    package let address: UInt128?

    package init(account: Account?, service: [UInt8], address: UInt128?) {
        self.account = account
        self.service = service
        self.address = address
    }
}

/// What the name service says about somebody and a group.
package enum Membership: Equatable, Sendable {
    case member, notMember
    case noSuchGroup
    /// It did not answer; what the system said, such as `EIO`.
    case unavailable([UInt8])
}

/// Asks the name service. A group is asked about only where a rule names it and nothing else has decided.
package typealias MembershipLookup = (Account, _ group: [UInt8]) -> Membership

/// What policy says about a login: pure, and the only place where it is decided (docs/policy.md).
extension Configuration {
    /// The rule by which a login is exempt; nil where there is none. A group that is not known, or about which the name
    /// service says nothing, exempts nobody.
    package func exemption(of subject: PolicySubject, _ membership: MembershipLookup) -> Rule? {
        var trouble: StoreError?
        return Configuration.first(of: exempt, subject, membership, &trouble)
    }

    /// The rule by which somebody must have a second step; nil where they need none.
    ///
    /// - Throws: `.groupUnknown` or `.accountsUnavailable` where that depends on a group about which nothing is known:
    ///   then nobody may say that they need none.
    package func requirement(
        of subject: PolicySubject, _ membership: MembershipLookup
    ) throws(StoreError) -> Rule? {
        var trouble: StoreError?
        let rule = Configuration.first(of: required, subject, membership, &trouble)
        if rule == nil, let trouble { throw trouble }
        return rule
    }

    /// `required = all`.
    package var isRequiredOfAll: Bool { required.count == 1 && required[0].kind == .everybody }

    /// Whether who must have a second step, and has none, may still do without.
    package func isBeforeDeadline(_ now: Int64?) -> Bool {
        guard let enrollBy, let now else { return false }
        return now < enrollBy.end
    }

    /// The first rule that holds, those about groups last.
    private static func first(
        of rules: [Rule], _ subject: PolicySubject, _ membership: MembershipLookup, _ trouble: inout StoreError?
    ) -> Rule? {
        for asksNameService in [false, true] {
            for rule in rules where (rule.kind == .group) == asksNameService {
                if rule.holds(for: subject, membership, &trouble) { return rule }
            }
        }
        return nil
    }
}

extension Rule {
    @inline(never)
    fileprivate func holds(
        for subject: PolicySubject, _ membership: MembershipLookup, _ trouble: inout StoreError?
    ) -> Bool {
        switch kind {
        case .everybody: return true
        case .service: return subject.service == name
        case .network:
            guard let address = subject.address else { return false }
            return holds(address)
        case .user, .group:
            guard let account = subject.account else { return false }
            if kind == .user { return account.name == name }
            switch membership(account, name) {
            case .member: return true
            case .notMember: break
            case .noSuchGroup: trouble = StoreError(.groupUnknown, cause: name)
            case .unavailable(let cause): trouble = StoreError(.accountsUnavailable, cause: cause)
            }
            return false
        }
    }
}
