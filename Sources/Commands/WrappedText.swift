/// Words in lines of at most `width` characters; a longer word has a line of its own.
///
/// - Parameters:
///   - head: what the first line begins with.
///   - indent: what the others begin with.
package func wrapped(_ text: some StringProtocol, head: String = "", indent: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = head
    var isEmpty = true
    for word in text.split(separator: " ") {
        if !isEmpty, line.count + 1 + word.count > width {
            lines.append(line)
            line = indent
            isEmpty = true
        }
        line += (isEmpty ? "" : " ") + word
        isEmpty = false
    }
    return lines + [line]
}

/// What is told to a person, `twostep: …`, in lines of at most `width` characters. Everything else stays as it is.
package func wrappedRemarks(_ text: [UInt8], width: Int) -> [UInt8] {
    let head = "twostep: "
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.map { line -> String in
        guard line.count > width, line.hasPrefix(head) else { return String(line) }
        let indent = String(repeating: " ", count: head.count)
        return wrapped(line.dropFirst(head.count), head: head, indent: indent, width: width).joined(separator: "\n")
    }
    return Array(shown.joined(separator: "\n").utf8)
}
