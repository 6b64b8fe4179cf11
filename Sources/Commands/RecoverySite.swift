internal import Linux
package import Notices
internal import TwostepCore
internal import Vault

/// Reads what the configuration says about getting back in; its errors become a person's.
package func readRecoverySettings(at path: [UInt8]) throws(Failure) -> RecoverySettings {
    let content: [UInt8]
    do throws(StoreError) {
        content = try readConfigurationText(at: path, isDefault: path.equals(Configuration.defaultPath))
    } catch {
        throw Failure(error, site: Configuration(), configurationPath: text(path))
    }
    do throws(ConfigurationError) { return try RecoverySettings(content) } catch {
        throw Failure(
            "\(text(path)):\(error.line): \(error.mailText)",
            hint: "correct the line; until then nobody gets back in by mail", .configuration)
    }
}

/// Reads the site's security questions; its errors become a person's.
package func readQuestionList(_ settings: RecoverySettings) throws(Failure) -> QuestionList {
    let path = settings.questions
    let hint = "write at least \(SecurityAnswers.asked) questions there, one a line; root's alone to write"
    let content: [UInt8]
    do throws(PathProblem) {
        content = try readUnchangeable(Array(path.utf8), limit: QuestionList.sizeLimit)
    } catch {
        throw Failure("\(path): \(text(error.word))", hint: hint, .configuration)
    }
    do throws(QuestionList.Problem) { return try QuestionList(content) } catch {
        throw Failure("\(path): \(error.text)", hint: hint, .configuration)
    }
}

extension PathProblem {
    /// What is wrong, in a word.
    fileprivate var word: [UInt8] {
        switch self {
        case .missing: SystemError.noEntry.name
        case .unsafe(let flaw): [UInt8](text: flaw.text)
        case .system(let error): error.name
        }
    }
}
