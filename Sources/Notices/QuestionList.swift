internal import TwostepCore

/// The site's security questions: a file with one a line, `#` comments and empty lines.
package struct QuestionList: Equatable, Sendable {
    /// The largest file, in bytes.
    package static let sizeLimit = 65_536
    /// The most questions.
    package static let limit = 200

    /// Why a file is none.
    package enum Problem: Error, Equatable, Sendable {
        /// A line, counted from 1, that is no question: too long, no UTF-8, or with control characters.
        case line(Int)
        /// A line that is one before it.
        case repeated(Int)
        case tooFew, tooMany

        /// In words, without the file's name.
        package var text: String {
            switch self {
            case .line(let line): "line \(line) is no question: up to \(SecurityAnswers.questionLimit) bytes of UTF-8"
            case .repeated(let line): "line \(line) asks what a line before it does"
            case .tooFew: "fewer than \(SecurityAnswers.asked) questions"
            case .tooMany: "more than \(QuestionList.limit) questions"
            }
        }
    }

    /// UTF-8, in the order of the file; at least two, no two alike.
    package let questions: [[UInt8]]

    package init(_ text: [UInt8]) throws(Problem) {
        var questions: [[UInt8]] = []
        for (index, line) in text.parts(separatedBy: 0x0A).enumerated() {
            let question = line.trimmed
            guard let first = question.first, first != 0x23 else { continue }
            guard question.count <= SecurityAnswers.questionLimit,
                let read = String(validating: question, as: UTF8.self),
                read.unicodeScalars.allSatisfy({ QuestionList.isShown($0) })
            else { throw .line(index + 1) }
            guard !questions.contains(question) else { throw .repeated(index + 1) }
            questions.append(question)
            guard questions.count <= QuestionList.limit else { throw .tooMany }
        }
        guard questions.count >= SecurityAnswers.asked else { throw .tooFew }
        self.questions = questions
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }
}
