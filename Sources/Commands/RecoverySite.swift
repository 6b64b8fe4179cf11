internal import Linux
package import Notices
internal import TwostepCore
internal import Vault

/// Reads what the configuration says about getting back in; its errors become a person's.
package func readRecoverySettings(at path: [UInt8]) throws(Failure) -> RecoverySettings {
    try readSettings(at: path, untilThen: "nobody gets back in by mail")
}

/// Reads the site's security questions; its errors become a person's.
package func readQuestionList(_ settings: RecoverySettings) throws(Failure) -> QuestionList {
    let path = settings.questions
    let hint = "write at least \(SecurityAnswers.asked) questions there, one a line; root's alone to write"
    let content: [UInt8]
    do throws(PathProblem) {
        content = try readUnchangeable(Array(path.utf8), limit: QuestionList.sizeLimit)
    } catch {
        throw Failure("\(path): \(text(error.cause))", hint: hint, .configuration)
    }
    do throws(QuestionList.Problem) { return try QuestionList(content) } catch {
        throw Failure("\(path): \(error.text)", hint: hint, .configuration)
    }
}
