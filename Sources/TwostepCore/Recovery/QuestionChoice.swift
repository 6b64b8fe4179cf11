package import Crypto

/// Which questions somebody is asked: chosen for every name by a keyed hash, so that whoever has no answers, no record or
/// no account is asked in the same way (law 8).
package enum QuestionChoice {
    /// The questions of a name: those with the lowest hashes, in that order. Another list gives another choice only where a
    /// new question is among them or one of them is gone.
    ///
    /// - Parameters:
    ///   - list: the site's questions, no two alike; at least `SecurityAnswers.asked`, or all there are is chosen.
    ///   - key: the store's (`OpenStore.questionKey`), 32 bytes; it stays the same when the master key is changed.
    package static func questions(
        for name: [UInt8], of list: [[UInt8]], key: borrowing SecretBytes, crypto: borrowing Libcrypto
    ) throws(CryptoError) -> [[UInt8]] {
        var ranked: [(rank: UInt64, question: [UInt8])] = []
        for question in list { ranked.append((try rank(question, name, key, crypto), question)) }
        var chosen: [[UInt8]] = []
        while chosen.count < SecurityAnswers.asked, !ranked.isEmpty {
            var first = 0
            for index in ranked.indices where ranked[index].rank < ranked[first].rank { first = index }
            chosen.append(ranked.remove(at: first).question)
        }
        return chosen
    }

    private static func rank(
        _ question: [UInt8], _ name: [UInt8], _ key: borrowing SecretBytes, _ crypto: borrowing Libcrypto
    ) throws(CryptoError) -> UInt64 {
        var hash = try crypto.beginHMAC(.sha256, key: key.bytes)
        var message = [UInt8](text: "twostep question v1")
        message.append(bigEndian: UInt32(clamping: name.count))
        message += name + question
        try hash.update(message.span)
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.digestSize)
        var room = digest.mutableSpan
        try hash.finish(into: &room)
        var rank: UInt64 = 0
        for byte in digest[0..<8] { rank = rank << 8 | UInt64(byte) }
        return rank
    }
}
