/// Whether people enrol at a login, and what that takes: the setting `enroll_at_login`.
package enum EnrolmentAtLogin: Sendable {
    /// Nobody does.
    case no
    /// Who has a one-time enrolment code.
    case code
    /// Who has the password.
    case yes
}

/// What somebody must show before an enrolment begins, or goes on, at a login. Going on never takes less than beginning:
/// docs/threat-model.md.
package enum EnrolmentStep: Equatable, Sendable {
    /// A code of the app that was proven before the login was cut off.
    case provenApp
    /// The one-time enrolment code.
    case invitation
    /// The password was enough.
    case nothing
    /// Likewise, and a key was shown before: it is never shown again, but a code of it shows that it is the same person.
    case shownApp

    /// For somebody without a record.
    package init(withoutRecord setting: EnrolmentAtLogin) { self = setting == .yes ? .nothing : .invitation }

    /// - Returns: nil where this record is not one to enrol with.
    package init?(
        _ record: borrowing Record, _ setting: EnrolmentAtLogin, now: Int64
    ) throws(DecodeError) {
        guard record.state == .pending || record.state == .mustReenrol else { return nil }
        let isInvited = try record.invitation()?.isCurrent(at: now) ?? false
        // Whoever has been invited, or had a second step before, is more than a password.
        let trustsPassword = setting == .yes && record.state == .pending && !isInvited
        // What a recovery token began goes on by that token alone, which this prompt takes as well.
        if try record.enrolment()?.proof == .recovery {
            self = .invitation
            return
        }
        guard let begun = try record.enrolment(), begun.proof != .password || trustsPassword else {
            self = trustsPassword ? .nothing : .invitation
            return
        }
        switch begun.stage {
        case .proven: self = .provenApp
        case .shown: self = trustsPassword ? .shownApp : .invitation
        }
    }
}
