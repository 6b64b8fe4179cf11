internal import Notices
internal import TwostepCore

/// What an installation says of mail and of getting back in by it, for `doctor`.
package struct RecoveryLook {
    /// What is wrong with a setting of recovery; nil where nothing is.
    package private(set) var invalid: String?
    package private(set) var isByEmail = false
    /// Whether mail is sent, and whether owners hear when somebody gets back in; taken to be so where the settings of mail
    /// are not understood, which is another finding.
    package private(set) var sendsMail = true
    package private(set) var isTold = true
    /// What is wrong with the file of the questions; nil where nothing is, or it is not read.
    package private(set) var questions: String?

    /// - Parameter path: the configuration file.
    package init(at path: [UInt8]) {
        if let mail = try? readMailSettings(at: path) {
            sendsMail = mail.sender != nil
            isTold = mail.owner.contains { $0.event == "\(EventKind.recovered.name)" && $0.qualifier == nil }
        }
        do throws(Failure) {
            let settings = try readRecoverySettings(at: path)
            isByEmail = settings.isByEmail
            guard isByEmail else { return }
            do throws(Failure) { _ = try readQuestionList(settings) } catch { questions = error.message }
        } catch {
            invalid = error.message
        }
    }
}
