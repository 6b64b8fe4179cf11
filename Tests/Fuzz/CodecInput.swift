import TwostepCore

/// Three bytes as a header, and what a header is written as.
func tryHeader(_ input: [UInt8]) {
    let head = Array(input.prefix(4))
    var header: FrameHeader?
    do throws(FrameError) { header = try FrameHeader(head.span) } catch {
        claim(error == .malformed, "a header fails by \(error)")
    }
    let count = head.count == 3 ? Int(head[1]) * 256 + Int(head[2]) : 0
    let isOne = head.count == 3 && ByDocument.sizes[head[0]]?.contains(count) == true
    claim((header != nil) == isOne, "header \(head)")
    guard let header else { return }
    claim(header.type.rawValue == head[0] && header.count == count && header.bytes == head, "header \(head)")
}

/// A payload as a hello; and a hello made of such texts, which need not be one.
func tryHello(_ input: [UInt8]) {
    let read = ByDocument.hello(input)
    do throws(FrameError) {
        let hello = try Hello.decode(input.span)
        let texts = [hello.service, hello.user, hello.remoteHost, hello.terminal, hello.session] + hello.arguments
        let greeting = ByDocument.Greeting(
            uid: hello.realUID, isSilent: hello.silent, isAnswered: hello.isAnswered, texts: texts)
        claim(read == .greeting(greeting), "hello \(input)")
        claim(hello.encode() == (input.count <= 4096 ? input : nil), "hello written anew: \(input)")
    } catch {
        claim(read == (error == .otherVersion ? .otherVersion : .malformed), "\(error): \(input)")
    }
    tryWriting(input.split(separator: 0xFF, omittingEmptySubsequences: false).map { Array($0) })
}

private func tryWriting(_ texts: [[UInt8]]) {
    guard texts.count >= 5 else { return }
    let hello = Hello(
        realUID: UInt32(texts[0].count) &* 0x0101_0101, silent: texts[1].isEmpty, isAnswered: texts[2].isEmpty,
        service: texts[0], user: texts[1], remoteHost: texts[2], terminal: texts[3], session: texts[4],
        arguments: Array(texts[5...]))
    let size = texts.reduce(8) { $0 + 2 + $1.count }
    let fits = texts.count <= 21 && size <= 4096 && texts.allSatisfy { $0.count <= 1024 && !$0.contains(0) }
    let payload = hello.encode()
    claim((payload != nil) == fits, "hello of \(texts)")
    guard let payload else { return }
    let greeting = ByDocument.Greeting(
        uid: hello.realUID, isSilent: hello.silent, isAnswered: hello.isAnswered, texts: texts)
    claim(ByDocument.hello(payload) == .greeting(greeting), "hello of \(texts)")
}
