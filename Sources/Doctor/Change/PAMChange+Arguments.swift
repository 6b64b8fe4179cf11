internal import TwostepCore

/// Other arguments behind a line that is there already.
extension PAMChange {
    /// The file with these arguments in its one line of ours. Place, control flag and a comment behind it stay as somebody
    /// wrote them.
    ///
    /// - Throws: `.nothingToDo` where they are the line's own; `.otherArguments` where it takes more than that: the line
    ///   would have to stand elsewhere, there are several, or it goes over more than one line of the file.
    static func replacingArguments(
        of service: PAMService, with arguments: [[UInt8]], in file: PAMFolder.File
    ) throws(Refusal) -> [UInt8] {
        let mine = PAMEntry.entries(of: file.text).filter(\.isOurs)
        guard let entry = mine.first, case .module(let path, _, let present) = entry.meaning else {
            throw .nothingToDo
        }
        let (old, new) = (Set(present), Set(arguments))
        guard old != new else { throw .nothingToDo }
        let forwards = Array("forward_pass".utf8)
        let numbers = entry.line.numbers
        guard mine.count == 1, service.lines.count == 1, numbers.count == 1,
            old.contains(forwards) == new.contains(forwards)
        else { throw .otherArguments(service.name) }
        var lines = file.text.parts(separatedBy: 0x0A)
        let line = lines[numbers.lowerBound - 1]
        guard let end = end(of: path, in: line), !line.contains(0) else { throw .otherArguments(service.name) }
        let comment = line[end...].firstIndex(of: UInt8(ascii: "#")).map { [0x20] + line[$0...] } ?? []
        lines[numbers.lowerBound - 1] = line[..<end] + written(arguments) + comment
        return Array(lines.joined(separator: [0x0A]))
    }

    /// Where the module's name ends in a line; nil where that is not plain to see.
    private static func end(of path: [UInt8], in line: [UInt8]) -> Int? {
        let ends = line.indices.map { $0 + path.count }.filter { end in
            end <= line.count && line[(end - path.count)..<end] == path[...]
                && (end == line.count || [0x20, 0x09, UInt8(ascii: "#")].contains(line[end]))
        }
        return ends.count == 1 ? ends[0] : nil
    }

    /// Whether a file has a line of ours, of whatever kind.
    package static func hasLine(_ text: [UInt8]) -> Bool { PAMEntry.entries(of: text).contains(where: \.isOurs) }
}
