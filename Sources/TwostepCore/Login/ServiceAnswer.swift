package import Crypto

/// What happens with an answer that the service alone understands.
package enum ServiceAnswers: Sendable {
    /// It is judged as a code, and none.
    case judged
    /// Likewise, and the person is told where it would be heard: a user has started the program that asks them.
    case elsewhere
    /// It goes to the service.
    case handedOver
}

/// What somebody types in place of a code that no module judges: a word that asks the service for something, or what
/// recovery has brought them. Only the shape is looked at; everybody who types it is handed over alike (law 8).
package enum ServiceAnswer: Sendable {
    /// The word `recover`: a mail is wanted.
    case recover
    /// The word `send`: a one-time code is wanted, by whatever way the site has.
    case send
    /// Shaped like the token or the link of such a mail, or like an administrator's code.
    case recoveryToken

    /// - Returns: nil for anything else, which is judged as a code.
    package static func read(_ answer: borrowing SecretBytes) -> ServiceAnswer? {
        let bytes = answer.bytes
        if isWord("recover", bytes) { return .recover }
        if isWord("send", bytes) { return .send }
        return endsInToken(bytes) ? .recoveryToken : nil
    }

    /// In whatever case, with blanks anywhere. Nothing of what was typed is copied: it may be a code.
    private static func isWord(_ word: StaticString, _ answer: Span<UInt8>) -> Bool {
        let word = [UInt8](text: word)
        var place = 0
        for index in answer.indices where !answer[index].isBlank {
            guard place < word.count, answer[index].lowercased == word[place] else { return false }
            place += 1
        }
        return place == word.count
    }

    /// Whether it is as long as a token, or ends in as much behind what a link may have there; nothing else that is typed at
    /// the prompt is: two codes of eight digits have 16.
    private static func endsInToken(_ answer: Span<UInt8>) -> Bool {
        // Longer than any link: an answer that was cut, which is none.
        guard answer.count <= RecoveryToken.longestText else { return false }
        var count = 0
        var index = answer.count
        while index > 0 {
            index -= 1
            let byte = answer[index]
            if byte.isBlank || byte == UInt8(ascii: "-") { continue }
            guard CrockfordBase32.fold(byte) != nil else {
                return count == RecoveryToken.size && RecoveryToken.isSeparator(byte)
            }
            count += 1
        }
        return count == RecoveryToken.size
    }

    /// What somebody reads whom no service may serve so, since a user has started the program that asks them.
    var whereItWorks: [[UInt8]] {
        // Whether the site has any use for that word is not known here.
        if case .send = self { return [] }
        return [
            [UInt8](text: "twostep: recovery works at a login only"),
            [UInt8](text: "twostep: log in by SSH or at the console"),
        ]
    }
}
