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
    let path = printable(settings.questions)
    let hint =
        "write at least \(SecurityAnswers.asked) questions there, one a line; "
        + "/usr/share/doc/twostep/docs/recovery.md has a sample"
    let content: [UInt8]
    do throws(PathProblem) {
        content = try readUnchangeable(Array(settings.questions.utf8), limit: QuestionList.sizeLimit)
    } catch {
        switch error {
        case .missing: throw Failure("\(path) does not exist", hint: hint, .configuration)
        case .unsafe(let flaw):
            throw Failure(
                "\(path) is not safe to use (\(flaw.text))",
                hint: "it and every folder above must be root's, no link, writable by root only: namei -lx \(path)",
                .configuration)
        case .system(.fileTooLarge):
            throw Failure("\(path) is larger than \(QuestionList.sizeLimit) bytes", hint: hint, .configuration)
        case .system(let error):
            throw Failure("\(path) cannot be read (\(text(error.name)))", hint: "look at the disk", .configuration)
        }
    }
    do throws(QuestionList.Problem) { return try QuestionList(content) } catch {
        throw Failure("\(path): \(error.text)", hint: hint, .configuration)
    }
}
