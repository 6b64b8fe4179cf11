internal import TwostepCore

/// A change to a service file, or why there is none.
package enum PAMChange {
    package enum Refusal: Error, Equatable, Sendable {
        /// The file is not one service's.
        case shared, other, passwords
        case noFile
        /// The line is there already, or there is none to remove.
        case nothingToDo
        /// The line is there already, in a form or a place that takes more than other words behind it.
        case otherArguments(String)
        /// The lines that would be changed stand in other files.
        case elsewhere(String)
        case noPassword
        /// What would be wrong with it wherever the line stood.
        case unsafe(Finding)

        package var text: String {
            switch self {
            case .shared:
                "this file is read by many services, also by those that put one question or are not root"
            case .other: "this file answers for every service that has none of its own"
            case .passwords: "by this file twostepd confirms passwords, and asks for codes itself"
            case .noFile: "there is no such service file"
            case .nothingToDo: "there is nothing to change"
            case .otherArguments: "the line is there, with other arguments"
            case .elsewhere(let file): "the line stands in \(file), which this file includes"
            case .noPassword: "no line of it asks for a password that twostep knows of"
            case .unsafe(let finding): finding.what
            }
        }

        package var cure: String {
            switch self {
            case .shared, .other: "name the services that are meant: twostep pam enable sshd"
            case .passwords: "name another service"
            case .noFile: "look with: ls /etc/pam.d"
            case .nothingToDo: "look with: twostep pam status"
            case .otherArguments(let name): "twostep pam disable \(name), and then enable it with those that are wanted"
            case .elsewhere(let file): "change \(file) by hand"
            case .noPassword: "place the line by hand, see pam_twostep(8), and look with: twostep doctor"
            case .unsafe(let finding): finding.cure
            }
        }
    }

    /// Whether changing this service's file is for us at all.
    @discardableResult package static func check(
        _ name: String, _ folder: PAMFolder
    ) throws(Refusal) -> PAMFolder.File {
        guard !PAMSite.isShared(name) else { throw .shared }
        guard name != "other" else { throw .other }
        guard name != PAMSite.passwordService else { throw .passwords }
        guard !name.hasPrefix("/"), let file = folder.files[name] else { throw .noFile }
        return file
    }

    /// A file with our line in it, and what is to be said of where the line stands.
    package struct Placed: Sendable {
        package let text: [UInt8]
        package let warnings: [Finding]
        /// Whether the line was there before, with other arguments.
        package var wasThere = false
    }

    /// The file with our line in it: behind the password, or before it where one field takes both. Where the line is there
    /// already, with other arguments, those are what changes.
    ///
    /// The first place is taken at which nothing is wrong with any service that was not wrong before; failing that, one at
    /// which nothing is an error.
    package static func enabling(
        _ name: String, arguments: [[UInt8]], in folder: PAMFolder, _ context: (PAMService) -> StackContext
    ) throws(Refusal) -> Placed {
        let file = try check(name, folder)
        guard let service = PAMService.load(name, from: folder) else { throw .noFile }
        if let (place, trouble) = service.refusedWhole { throw .unsafe(trouble.finding(at: place, name)) }
        if let line = service.lines.first {
            guard line.place.file == file.path else { throw .elsewhere(line.place.file) }
            let text = try replacingArguments(of: service, with: arguments, in: file)
            let wrong = judged(text, in: file, of: name, folder, PAMSite(folder).judge(context), context)
            if let error = wrong.first(where: { $0.severity == .error }) { throw .unsafe(error) }
            return Placed(text: text, warnings: wrong, wasThere: true)
        }
        let entries = PAMEntry.entries(of: file.text)
        let passwords = service.stack(.auth).filter { $0.module == .password }.compactMap(\.origin.line)
        guard let first = passwords.min(), let last = passwords.max() else { throw .noPassword }
        let forwards = arguments.contains(Array("forward_pass".utf8))
        let before = PAMSite(folder).judge(context)
        var best: Placed?
        var trouble: Finding?
        for place in places(entries, first: first, last: last, forwards: forwards) {
            let text = insert(line(arguments), before: place, in: file.text)
            let wrong = judged(text, in: file, of: name, folder, before, context)
            if wrong.isEmpty { return Placed(text: text, warnings: []) }
            if let error = wrong.first(where: { $0.severity == .error }) {
                trouble = trouble ?? error
            } else {
                best = best ?? Placed(text: text, warnings: wrong)
            }
        }
        if let best { return best }
        throw trouble.map { .unsafe($0) } ?? .noPassword
    }

    /// What would be wrong with a file that was not wrong before.
    private static func judged(
        _ text: [UInt8], in file: PAMFolder.File, of name: String, _ folder: PAMFolder, _ before: [Finding],
        _ context: (PAMService) -> StackContext
    ) -> [Finding] {
        var changed = folder
        changed.files[name] = PAMFolder.File(path: file.path, text: text)
        let found = PAMSite(changed).judge(context).filter { finding in
            !before.contains { $0.check == finding.check && $0.what == finding.what }
        }
        // That sudo-i is next is no reason not to begin with sudo. Another module's code is asked wherever ours stands, and
        // told with the change (`ChangeRemarks`).
        return found.filter { ![.pamSudoI, .pamOtherCode].contains($0.check) && $0.severity < .note }
    }

    /// The numbers of lines before which ours may stand, the best first.
    private static func places(_ entries: [PAMEntry], first: Int, last: Int, forwards: Bool) -> [Int] {
        if forwards { return [first] }
        let behind = entries.filter { $0.line.numbers.lowerBound >= last && $0.kind == .auth }
        return behind.map { $0.line.numbers.upperBound + 1 }
    }

    private static func line(_ arguments: [[UInt8]]) -> [UInt8] {
        [UInt8](text: "auth       required     pam_twostep.so") + written(arguments)
    }

    /// Arguments as they stand behind the module, each with a space before it.
    static func written(_ arguments: [[UInt8]]) -> [UInt8] {
        arguments.flatMap { [0x20] + ($0.contains(0x20) ? [0x5B] + $0 + [0x5D] : $0) }
    }

    private static func insert(_ line: [UInt8], before number: Int, in text: [UInt8]) -> [UInt8] {
        var lines = text.parts(separatedBy: 0x0A)
        if lines.last == [] { lines.removeLast() }
        lines.insert(line, at: min(max(number - 1, 0), lines.count))
        return Array(lines.joined(separator: [0x0A])) + [0x0A]
    }

    /// The file without our lines.
    package static func disabling(_ name: String, in folder: PAMFolder) throws(Refusal) -> [UInt8] {
        let file = try check(name, folder)
        let mine = PAMEntry.entries(of: file.text).filter(\.isOurs)
        guard !mine.isEmpty else {
            let inherited = PAMService.load(name, from: folder)?.lines.first
            throw inherited.map { .elsewhere($0.place.file) } ?? .nothingToDo
        }
        var lines = file.text.parts(separatedBy: 0x0A)
        for entry in mine.reversed() {
            lines.removeSubrange(entry.line.numbers.lowerBound - 1...entry.line.numbers.upperBound - 1)
        }
        let text = Array(lines.joined(separator: [0x0A]))
        var changed = folder
        changed.files[name] = PAMFolder.File(path: file.path, text: text)
        if let service = PAMService.load(name, from: changed), let finding = StackJudge.shutWithout(service) {
            throw .unsafe(finding)
        }
        return text
    }
}

extension PAMEntry {
    /// Whether the line names our module, under whatever kind.
    var isOurs: Bool {
        guard case .module(let path, _, _) = meaning else { return false }
        let last = String(decoding: path, as: UTF8.self).split(separator: "/").last
        return last == "pam_twostep.so" || last == "pam_twostep"
    }
}

extension StackJudge {
    /// Whether nobody would get in by a stack that has no line of ours any more: a jump that counted it, say.
    static func shutWithout(_ service: PAMService) -> Finding? {
        let stack = service.stack(.auth)
        let runs = StackRuns(stack, StackContext())
        if let finding = runs.cut(service) { return finding }
        guard runs.hasPassword, !runs.open.contains(where: { $0.facts.passwordRight }) else { return nil }
        return Finding(
            .pamNobody, "\(service.name): without the line nobody would get in", at: Place(service.file),
            cure: "take it out by hand, and look at the lines before it")
    }
}
