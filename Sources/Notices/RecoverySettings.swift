package import TwostepCore

/// What the configuration file says about getting back in. No login looks at any of it: the service does, when somebody
/// asks for a way back.
package struct RecoverySettings: SettingGroup, Equatable, Sendable {
    /// Whether people may get back in by a mail to their verified address.
    package var isByEmail = false
    /// What the token follows in the mail's link; nil where the mail brings the token alone.
    package var url: String?
    /// The file of the security questions, an absolute path.
    package var questions = "/etc/twostep/questions"

    package init() {}

    package mutating func set(_ setting: Setting, to value: String) -> Bool {
        switch setting {
        case .recovery:
            isByEmail = value == "email"
            return isByEmail || value == "no"
        case .recoveryURL:
            url = RecoverySettings.isLink(value) ? value : nil
            return url != nil || value == "no"
        case .recoveryQuestions:
            questions = value
            return isPlainPath(Array(value.utf8))
        default: return true
        }
    }

    /// Whether a token behind it makes a link: what it says must end where the token begins, for it to be found again, and
    /// nobody on the way may read it.
    private static func isLink(_ value: String) -> Bool {
        let bytes = Array(value.utf8)
        return value.hasPrefix("https://") && bytes.count > 9 && bytes.count <= RecoveryToken.urlLimit
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F } && bytes.last.map(RecoveryToken.isSeparator) == true
    }
}
