internal import TwostepCore

/// The difference of two texts, as diff(1) -u shows it.
package enum UnifiedDiff {
    package static func lines(_ old: [UInt8], _ new: [UInt8], _ path: String, isNew: Bool = false) -> [String] {
        let (before, after) = (split(old), split(new))
        let same = zip(before, after).prefix { $0 == $1 }.count
        let rest = min(before.count, after.count) - same
        let tail = zip(before.reversed(), after.reversed()).prefix { $0 == $1 }.prefix(rest).count
        guard before != after else { return [] }
        let start = max(same - 3, 0)
        let (ends, endsAfter) = (min(before.count - tail + 3, before.count), min(after.count - tail + 3, after.count))
        var lines = ["--- \(isNew ? "/dev/null" : path)", "+++ \(path)"]
        lines.append("@@ -\(start + 1),\(ends - start) +\(start + 1),\(endsAfter - start) @@")
        lines += before[start..<same].map { " " + $0 }
        lines += before[same..<before.count - tail].map { "-" + $0 }
        lines += after[same..<after.count - tail].map { "+" + $0 }
        return lines + before[(before.count - tail)..<ends].map { " " + $0 }
    }

    private static func split(_ text: [UInt8]) -> [String] {
        var lines = text.parts(separatedBy: 0x0A)
        if lines.last == [] { lines.removeLast() }
        return lines.map { printed($0.map { $0 == 0x09 ? 0x20 : $0 }) }
    }
}
