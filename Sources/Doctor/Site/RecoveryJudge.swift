/// Whether people can get back in by mail where the configuration says so.
package struct RecoveryJudge: Sendable {
    /// What is wrong with a setting of recovery: file, line and why; nil where nothing is.
    package var invalid: String?
    /// `recovery = email`.
    package var isByEmail: Bool
    /// `mail`.
    package var sendsMail: Bool
    /// What is wrong with the file of the questions; nil where nothing is.
    package var questions: String?
    /// Whether owners hear of it by mail when somebody gets back in.
    package var isTold: Bool

    package init(
        invalid: String? = nil, isByEmail: Bool, sendsMail: Bool = true, questions: String? = nil, isTold: Bool = true
    ) {
        self.invalid = invalid
        self.isByEmail = isByEmail
        self.sendsMail = sendsMail
        self.questions = questions
        self.isTold = isTold
    }

    package func judge(at place: Place) -> [Finding] {
        var findings: [Finding] = []
        if let invalid {
            findings.append(
                Finding(
                    .recoveryInvalid, "\(invalid): nobody gets back in by mail", at: place, cure: "correct the line")
            )
        }
        guard isByEmail else { return findings }
        if !sendsMail {
            findings.append(
                Finding(
                    .recoveryNoMail, "recovery = email, and no mail is sent: nobody gets back in by it", at: place,
                    cure: "set mail, or recovery = no"))
        }
        if let questions {
            findings.append(
                Finding(
                    .recoveryQuestions, "recovery = email, and there are no questions to ask: \(questions)", at: place,
                    cure: "write at least two, one a line, into the file that recovery_questions names; a sample is in "
                        + "/usr/share/doc/twostep/docs/recovery.md"))
        }
        if sendsMail, !isTold {
            findings.append(
                Finding(
                    .recoveryUnheard, "recovery = email, and owners are not mailed when somebody gets back in",
                    at: place,
                    cure: "notify = owner owner:recovered …, or take notify out"))
        }
        return findings
    }
}
