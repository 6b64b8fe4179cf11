package import Crypto

/// The answers to somebody's security questions, as a section of a record's appendix: docs/file-format.md. The questions
/// stand with them, so that whoever changes the site's list takes nobody's answers away.
package struct SecurityAnswers: Equatable, Sendable {
    /// How many questions somebody is asked.
    package static let asked = 2
    /// How many a record may have.
    package static let range = 2...5
    /// The longest question, in bytes of UTF-8.
    package static let questionLimit = 160
    /// How many bytes of an answer, in its one spelling, are hashed: bcrypt takes no more.
    package static let answerLimit = 72

    package struct Entry: Equatable, Sendable {
        /// UTF-8, 1 to `questionLimit` bytes.
        package let question: [UInt8]
        /// The hash of the answer without its setting, 31 bytes.
        package let tail: [UInt8]

        package init(question: [UInt8], tail: [UInt8]) {
            self.question = question
            self.tail = tail
        }
    }

    /// When they were given, in seconds since the epoch.
    package let set: Int64
    /// The bcrypt setting of all of them, 29 bytes.
    package let setting: [UInt8]
    package let entries: [Entry]

    package init(set: Int64, setting: [UInt8], entries: [Entry]) {
        self.set = set
        self.setting = setting
        self.entries = entries
    }

    /// - Parameters:
    ///   - questions: as many as `range` says.
    ///   - hashes: bcrypt of each answer in its one spelling, all under one setting, 60 bytes each.
    /// - Returns: nil where they are not such.
    package init?(_ questions: [[UInt8]], hashes: [[UInt8]], set: Int64) {
        guard SecurityAnswers.range.contains(questions.count), hashes.count == questions.count,
            let first = hashes.first, first.count == Bcrypt.hashSize
        else { return nil }
        let setting = Array(first[0..<Bcrypt.settingSize])
        var entries: [Entry] = []
        for index in questions.indices {
            let question = questions[index]
            let hash = hashes[index]
            guard (1...SecurityAnswers.questionLimit).contains(question.count), hash.count == Bcrypt.hashSize,
                Array(hash[0..<Bcrypt.settingSize]) == setting
            else { return nil }
            entries.append(Entry(question: question, tail: Array(hash[Bcrypt.settingSize...])))
        }
        self.init(set: min(max(set, 0), Token.counterLimit), setting: setting, entries: entries)
    }

    package var questions: [[UInt8]] {
        var questions: [[UInt8]] = []
        for entry in entries { questions.append(entry.question) }
        return questions
    }

    /// Whether these are the hashes (60 bytes each, under `setting`) of all answers, in the order of the questions. Each is
    /// compared, in constant time, whether or not one before it was wrong.
    package func fit(_ hashes: [[UInt8]]) -> Bool {
        guard hashes.count == entries.count else { return false }
        var right = 0
        for index in entries.indices {
            let whole = setting + entries[index].tail
            let hash = hashes[index]
            if equalInConstantTime(hash.span, whole.span) { right += 1 }
        }
        return right == entries.count
    }

    package func encode() -> SecretBytes {
        var section = SecretBytes(capacity: Appendix.limit)
        section.append(bigEndian: UInt64(clamping: set))
        section.append(contentsOf: setting.span)
        section.append(UInt8(clamping: entries.count))
        for entry in entries {
            section.append(UInt8(clamping: entry.question.count))
            section.append(contentsOf: entry.question.span)
            section.append(contentsOf: entry.tail.span)
        }
        return section
    }

    package static func decode(_ section: Span<UInt8>) throws(DecodeError) -> SecurityAnswers {
        var reader = ByteReader(section)
        let set = try reader.count64()
        let setting = try reader.array(Bcrypt.settingSize)
        let count = Int(try reader.unsigned(UInt8.self))
        guard range.contains(count) else { throw .malformed }
        var entries: [Entry] = []
        for _ in 0..<count {
            let length = Int(try reader.unsigned(UInt8.self))
            guard (1...questionLimit).contains(length) else { throw .malformed }
            let question = try reader.array(length)
            entries.append(Entry(question: question, tail: try reader.array(Bcrypt.hashSize - Bcrypt.settingSize)))
        }
        guard reader.isAtEnd else { throw .malformed }
        return SecurityAnswers(set: set, setting: setting, entries: entries)
    }
}
