import ArgumentParser
import Commands
import TwostepCore

/// A payload as a command's request, and what the service makes of it; and words that need not be a request.
func tryCommand(_ input: [UInt8]) {
    let read = ByDocument.command(input)
    do throws(FrameError) {
        let request = try CommandRequest.decode(input.span)
        let words = request.words.map { Array($0.utf8) }
        claim(read == .words(words), "\(words) for \(read)")
        claim(request.encode() == (input.count <= 4096 ? input : nil), "request written anew: \(input)")
        tryWords(request.words)
    } catch {
        claim(read == (error == .otherVersion ? .otherVersion : .malformed), "\(error): \(input)")
    }
    let parts = input.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    guard parts.allSatisfy({ String(validating: $0, as: UTF8.self) != nil }) else { return }
    tryWriting(parts)
}

private func tryWriting(_ words: [[UInt8]]) {
    let texts = words.map { String(decoding: $0, as: UTF8.self) }
    let size = words.reduce(3) { $0 + 2 + $1.count }
    let fits = (1...16).contains(words.count) && size <= 4096 && words.allSatisfy(ByDocument.isWord)
    let payload = CommandRequest(texts).encode()
    claim(payload == (fits ? ByDocument.command(of: words) : nil), "request of \(words)")
    tryWords(texts)
}

/// Words as the service understands them: nothing but what the document's table has, and that as it stands.
private func tryWords(_ words: [String]) {
    let meaning = ByDocument.meaning(words.map { Array($0.utf8) })
    do {
        let command = try OwnerCommands.parse(request: words)
        claim(meaning != .none, "taken: \(words)")
        claim(!command.namesFile && command.site.config == nil, "names a file: \(words)")
        claim(command.makesFiles == ["enroll", "disable"].contains(words[0]), "files of \(words)")
        let isChange = words[0] != "backup-codes" || words.prefix { $0 != "--" }.contains("--regenerate")
        claim(command.needsPassword == (words[0] != "status" && isChange), "password of \(words)")
    } catch {
        claim(meaning != .command, "not taken: \(words)")
        // What the service would say of it.
        _ = OwnerCommands.message(for: error)
    }
}
